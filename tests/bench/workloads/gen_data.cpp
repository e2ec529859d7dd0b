// SPDX-License-Identifier: Apache-2.0
// gen_data: deterministic data generator for workloads W1 (contacts) and W2 (events).
// Build: g++ -O2 -std=c++17 gen_data.cpp -o gen_data
// Use:   ./gen_data contacts 1000000 > contacts.csv     (W1)
//        ./gen_data events   2000000 > events.jsonl     (W2)
// PRNG: splitmix64, u = (next>>11)*2^-53; a fixed number of draws per record, so record i
// never depends on branches taken for other records.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>
#include <algorithm>
struct Rng { uint64_t s; uint64_t next(){ uint64_t z=(s+=0x9E3779B97F4A7C15ull); z=(z^(z>>30))*0xBF58476D1CE4E5B9ull; z=(z^(z>>27))*0x94D049BB133111EBull; return z^(z>>31);} double u(){ return (next()>>11)*0x1.0p-53; } };
static const char* COUNTRY[40]={"US","GB","DE","FR","IN","BR","CA","AU","ES","IT","NL","PL","SE","JP","MX","CH","AT","BE","DK","NO","FI","IE","PT","CZ","RO","GR","HU","TR","ZA","AR","CL","CO","SG","NZ","KR","IL","AE","UA","PH","TH"};
static const char* LANG[8]={"en","de","fr","es","pt","it","ja","pl"};
static const char* PLAN[4]={"free","starter","pro","enterprise"};
static const char* CHANNEL[10]={"google","facebook","newsletter","direct","partner","tiktok","bing","affiliate","linkedin","event"};
static const char* MEDIUM[5]={"cpc","organic","social","email","referral"};
static const char* DOMAIN10[10]={"gmail.com","yahoo.com","outlook.com","hotmail.com","icloud.com","proton.me","web.de","orange.fr","aol.com","mail.ru"};
struct Zipf { std::vector<double> c; explicit Zipf(int n){ double t=0; for(int i=0;i<n;i++){ t+=1.0/(i+1); c.push_back(t);} for(auto&x:c) x/=t; } int pick(double u)const{ return int(std::lower_bound(c.begin(),c.end(),u)-c.begin()); } };
static const int64_t NOW=1767225600; // 2026-01-01T00:00:00Z
static const int64_t DAY=86400;

static void contacts(long n){
  Rng r{1}; Zipf zc(40), zl(8), zch(10);
  puts("id,country,language,plan,score,ltv,orders,signup_at,last_open,last_purchase,consent_email,consent_sms,source,email");
  char b36[16];
  for(long i=0;i<n;i++){
    const char* country=COUNTRY[zc.pick(r.u())];
    const char* lang=LANG[zl.pick(r.u())];
    double up=r.u(); const char* plan=PLAN[up<0.60?0:up<0.85?1:up<0.97?2:3];
    double us=r.u(); int score=int(1001*us*us);
    double u0=r.u(), u1=r.u(), u2=r.u();
    long cents = u0<0.30 ? 0 : long(-12000.0*log(1.0-u1));
    int orders = u0<0.30 ? 0 : std::min(50, 1+int(-4.0*log(1.0-u2)));
    int64_t signup=NOW-int64_t(r.u()*6*365*DAY);
    double uo=r.u(), uo2=r.u(); int64_t lo = uo<0.08 ? -1 : NOW-int64_t(uo2*uo2*uo2*730*DAY);
    double ul=r.u(); int64_t lp = orders==0 ? -1 : NOW-int64_t(ul*ul*730*DAY);
    bool ce=r.u()<0.85, cs=r.u()<0.30;
    int ch=zch.pick(r.u()), me=int(r.u()*5), ca=int(r.u()*10);
    double ud=r.u(); int dom=int(ud*ud*ud*1000);
    uint64_t h=r.next()>>24; int k=0; do{ int d=h%36; b36[k++]=char(d<10?'0'+d:'a'+d-10); h/=36; }while(h); b36[k]=0;
    char lob[24]="",lpb[24]=""; if(lo>=0) snprintf(lob,24,"%lld",(long long)lo); if(lp>=0) snprintf(lpb,24,"%lld",(long long)lp);
    char domb[32]; if(dom<10) snprintf(domb,32,"%s",DOMAIN10[dom]); else snprintf(domb,32,"corp%d.example",dom);
    printf("%ld,%s,%s,%s,%d,%ld.%02ld,%d,%lld,%s,%s,%d,%d,%s/%s/c%02d,u%s@%s\n",i,country,lang,plan,score,cents/100,cents%100,orders,(long long)signup,lob,lpb,ce,cs,CHANNEL[ch],MEDIUM[me],ca,b36,domb);
  }
}
static const char* TYPES[9]={"email_sent","email_open","email_click","page_view","form_submit","purchase","unsubscribe","sms_click","bounce"};
static const double TCUM[9]={0.30,0.55,0.65,0.87,0.90,0.94,0.95,0.97,1.0};
static const char* CAMP[20]={"spring-sale","summer-sale","black-friday","welcome","onboarding","winback","newsletter","cart","birthday","loyalty","launch","webinar","survey","referral","upgrade","renewal","holiday","flash","digest","vip"};
static const char* CHN[9]={"email","email","email","web","web","web","email","sms","email"};
static const char* DEV[3]={"mobile","desktop","tablet"};
static uint64_t mix(uint64_t z){ z+=0x9E3779B97F4A7C15ull; z=(z^(z>>30))*0xBF58476D1CE4E5B9ull; z=(z^(z>>27))*0x94D049BB133111EBull; return z^(z>>31);} 
static void events(long n, long ncontacts){
  Rng r{2}; Zipf zc(40), zcamp(200);
  int64_t ts=NOW*1000; const double mean=60.0*DAY*1000/n; // n events spread over 60 days
  for(long i=0;i<n;i++){
    ts += 1+int64_t(-mean*log(1.0-r.u()));
    double ut=r.u(); int t=0; while(ut>=TCUM[t]) t++;
    double uc=r.u(); long cid=long(ncontacts*uc*uc);
    int camp=zcamp.pick(r.u());
    double ud=r.u(); int dev=ud<0.6?0:ud<0.9?1:2;
    int country=zc.pick((mix(cid)>>11)*0x1.0p-53);
    int pos=1+int(r.u()*20);
    long cents=500+long(-6000.0*log(1.0-r.u()));
    int prod=int(r.u()*5000);
    uint64_t h=r.next();
    printf("{\"id\":\"e%010ld\",\"type\":\"%s\",\"ts\":%lld,\"contact_id\":%ld,\"campaign\":\"%s-%03d\",\"channel\":\"%s\",\"device\":\"%s\",\"country\":\"%s\",\"position\":%d",
      i,TYPES[t],(long long)ts,cid,CAMP[camp%20],camp,CHN[t],DEV[dev],COUNTRY[country],pos);
    if(t==5) printf(",\"amount\":%ld.%02ld",cents/100,cents%100);
    if(t==2||t==3||t==7) printf(",\"url\":\"https://shop.example/%s/%d\"",prod%3==0?"sale":prod%3==1?"p":"blog",prod);
    printf(",\"ip\":\"203.0.%d.%d\",\"msg\":\"%016llx\"}\n",int(h>>8&255),int(h&255),(unsigned long long)h);
  }
}
int main(int c,char**v){
  if(c<3){ fprintf(stderr,"usage: gen_data contacts|events N [ncontacts]\n"); return 1; }
  static char buf[1<<20]; setvbuf(stdout,buf,_IOFBF,sizeof buf);
  if(!strcmp(v[1],"contacts")) contacts(atol(v[2])); else events(atol(v[2]), c>3?atol(v[3]):200000);
}
