#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""gen_rules.py OUTDIR  - deterministic rule generator for W1, W2, W3 and W3 events.

Writes  w1_rules.json  (1000 rules; use the first 10 / 100 / 1000; the first 10 are hand-written)
        w2_rules.json  (1000 rules; same convention)
        w3_rules.jsonl (100000 rules), w3_events.jsonl (10000 events)
Rule AST: {"op":"and"|"or","args":[..]} | {"op":"not","args":[x]} | leaf {"f":field,"op":O,"v":value}
  leaf ops: == != < <= > >= in between starts_with ends_with isnull hasany(W3 list fields)
Null semantics: a comparison with a null field is false; NOT is only put over non-null fields.
"""
import json, sys, os
M = (1 << 64) - 1
class Rng:
    def __init__(s, seed): s.s = seed
    def next(s):
        s.s = (s.s + 0x9E3779B97F4A7C15) & M
        z = s.s
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & M
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & M
        return z ^ (z >> 31)
    def u(s): return (s.next() >> 11) * 2.0**-53
    def i(s, n): return int(s.u() * n)
    def pick(s, xs): return xs[s.i(len(xs))]
    def wpick(s, pairs):
        t = sum(w for w, _ in pairs); x = s.u() * t
        for w, v in pairs:
            x -= w
            if x < 0: return v
        return pairs[-1][1]
    def sample(s, xs, k):
        xs = list(xs); out = []
        for _ in range(min(k, len(xs))): out.append(xs.pop(s.i(len(xs))))
        return out
NOW, DAY = 1767225600, 86400
COUNTRY = "US GB DE FR IN BR CA AU ES IT NL PL SE JP MX CH AT BE DK NO FI IE PT CZ RO GR HU TR ZA AR CL CO SG NZ KR IL AE UA PH TH".split()
REGIONS = [["DE","AT","CH"],["US","CA"],["GB","IE"],["DE","FR","ES","IT","NL","BE","AT","IE"],["SE","DK","NO","FI"],["AU","NZ"],["BR","MX","AR","CL","CO"],["JP","KR","SG"],["IN","PH","TH","SG"],["PL","CZ","RO","HU"],["FR","BE","CH"],["ES","PT"]]
LANG = "en de fr es pt it ja pl".split()
PLAN = "free starter pro enterprise".split()
CHANNEL = "google facebook newsletter direct partner tiktok bing affiliate linkedin event".split()
MEDIUM = "cpc organic social email referral".split()
DOM = "gmail.com yahoo.com outlook.com hotmail.com icloud.com proton.me web.de orange.fr aol.com mail.ru".split()
DAYS = [1,3,7,14,30,45,60,90,120,180,365]
LTV = [0,10,25,50,75,100,150,200,250,300,400,500,750,1000]
CAMPN = "spring-sale summer-sale black-friday welcome onboarding winback newsletter cart birthday loyalty launch webinar survey referral upgrade renewal holiday flash digest vip".split()
TYPES = "email_sent email_open email_click page_view form_submit purchase unsubscribe sms_click bounce".split()
L = lambda f, op, v=None: {"f": f, "op": op, "v": v}
A = lambda *a: {"op": "and", "args": list(a)}
O = lambda *a: {"op": "or", "args": list(a)}
N = lambda a: {"op": "not", "args": [a]}
NULLABLE = {"last_open", "last_purchase"}
def countries(r): return r.pick(REGIONS) if r.u() < 0.5 else sorted(r.sample(COUNTRY, 2 + r.i(7)))
def leaf_w1(r):
    k = r.wpick([(10,"ceq"),(12,"cin"),(5,"lang"),(8,"plan"),(6,"plan2"),(14,"sge"),(5,"slt"),(5,"sbt"),(12,"ltv"),(6,"ord"),(5,"sign"),(12,"lo"),(5,"lolt"),(2,"lonull"),(8,"lp"),(8,"ce"),(3,"cs"),(6,"srcp"),(2,"src"),(3,"dom")])
    if k == "ceq": return L("country","==",r.pick(COUNTRY[:20]))
    if k == "cin": return L("country","in",countries(r))
    if k == "lang": return L("language","==",r.pick(LANG))
    if k == "plan": return L("plan","==",r.pick(PLAN))
    if k == "plan2": return L("plan","in",sorted(r.sample(PLAN,2)))
    if k == "sge": return L("score",">=",25*(1+r.i(39)))
    if k == "slt": return L("score","<",25*(1+r.i(39)))
    if k == "sbt":
        a = 25*r.i(36); return L("score","between",[a, a+25*(1+r.i(8))])
    if k == "ltv": return L("ltv",">",r.pick(LTV))
    if k == "ord": return L("orders",">=",1+r.i(10))
    if k == "sign": return L("signup_at",">=",NOW-DAY*r.pick(DAYS))
    if k == "lo": return L("last_open",">=",NOW-DAY*r.pick(DAYS))
    if k == "lolt": return L("last_open","<",NOW-DAY*r.pick(DAYS))
    if k == "lonull": return L("last_open","isnull")
    if k == "lp": return L("last_purchase",">=",NOW-DAY*r.pick(DAYS))
    if k == "ce": return L("consent_email","==",True)
    if k == "cs": return L("consent_sms","==",True)
    if k == "srcp": return L("source","starts_with",r.pick(CHANNEL)+"/" if r.u()<0.5 else r.pick(CHANNEL)+"/"+r.pick(MEDIUM)+"/")
    if k == "src": return L("source","==","%s/%s/c%02d"%(r.pick(CHANNEL),r.pick(MEDIUM),r.i(10)))
    return L("email","ends_with","@"+r.pick(DOM))
def tree(r, leaf, n):
    xs = []
    while len(xs) < n:  # at most one predicate per field, so that no rule is contradictory
        x = leaf(r)
        if x["f"] not in {y["f"] for y in xs}: xs.append(x)
    for i, x in enumerate(xs):
        if x["f"] not in NULLABLE and r.u() < 0.15: xs[i] = N(x)
    if n >= 4 and r.u() < 0.10:
        m = n // 2
        return O(A(*xs[:m]), A(*xs[m:]))
    if n >= 3 and r.u() < 0.30:
        k = 2 + r.i(2) if n > 3 else 2
        return A(*(xs[k:] + [O(*xs[:k])]))
    return A(*xs)
W1_FIRST = [
 A(L("country","in",["DE","AT","CH"]), L("score",">=",50), L("consent_email","==",True)),
 A(L("plan","==","free"), L("last_open",">=",NOW-7*DAY), N(L("country","==","US"))),
 A(L("ltv",">",500), L("last_purchase",">=",NOW-30*DAY)),
 A(L("plan","in",["enterprise","pro"]), L("last_open","<",NOW-90*DAY), L("consent_email","==",True), L("orders",">=",1)),
 O(A(L("score",">=",800), L("consent_sms","==",True)), A(L("ltv",">",1000), L("consent_email","==",True))),
 A(L("source","starts_with","google/cpc/"), L("signup_at",">=",NOW-30*DAY)),
 A(L("email","ends_with","@gmail.com"), L("language","==","en"), L("score","between",[100,300])),
 A(O(L("country","==","FR"), L("language","==","fr")), N(L("plan","==","enterprise")), L("consent_email","==",True), L("last_open",">=",NOW-60*DAY), L("score",">=",25)),
 A(L("last_open","isnull"), L("signup_at",">=",NOW-365*DAY), L("orders",">=",1)),
 A(L("country","in",["US","CA"]), L("ltv",">",100), L("orders",">=",3), L("last_purchase",">=",NOW-180*DAY), L("consent_email","==",True), N(L("source","starts_with","affiliate/"))),
]
def gen_w1(n=1000):
    r = Rng(11); out = W1_FIRST[:]
    while len(out) < n: out.append(tree(r, leaf_w1, 2 + r.i(5)))
    return out
# ---- W2 -------------------------------------------------------------------------------
def camp(r): c = r.i(200); return "%s-%03d" % (CAMPN[c % 20], c)
def leaf_w2(r, t):
    opts = [(30,"camp"),(15,"campp"),(20,"dev"),(20,"cin"),(10,"pos")]
    if t == "purchase": opts += [(40,"amt")]
    if t in ("email_click","page_view","sms_click"): opts += [(25,"url")]
    k = r.wpick(opts)
    if k == "camp": return L("campaign","==",camp(r))
    if k == "campp": return L("campaign","starts_with",r.pick(CAMPN)+"-")
    if k == "dev": return L("device","==",r.pick(["mobile","desktop","tablet"]))
    if k == "cin": return L("country","in",countries(r))
    if k == "pos": return L("position","<=",1+r.i(15))
    if k == "amt": return L("amount",">=",r.pick([10,20,50,75,100,150,200]))
    return L("url","starts_with","https://shop.example/"+r.pick(["sale/","p/","blog/"]))
W2_FIRST = [
 {"on":"email_open","where":A(),"kind":"score","n":1},
 {"on":"email_click","where":A(),"kind":"score","n":5},
 {"on":"purchase","where":A(L("amount",">=",50)),"kind":"score","n":20},
 {"on":"email_open","where":A(),"kind":"window","days":7,"k":3},
 {"on":"page_view","where":A(L("url","starts_with","https://shop.example/sale/")),"kind":"window","days":1,"k":5},
 {"on":"email_click","where":A(L("campaign","starts_with","black-friday-"),L("device","==","mobile")),"kind":"threshold","K":50},
 {"on":"form_submit","where":A(L("country","in",["DE","AT","CH"])),"kind":"score","n":10},
 {"on":"unsubscribe","where":A(),"kind":"score","n":-50},
 {"on":"purchase","where":A(L("amount",">=",100),O(L("country","==","US"),L("device","==","desktop"))),"kind":"threshold","K":30},
 {"on":"bounce","where":A(),"kind":"window","days":30,"k":2},
]
def gen_w2(n=1000):
    r = Rng(22); out = W2_FIRST[:]
    while len(out) < n:
        t = r.wpick([(25,"email_open"),(25,"email_click"),(20,"page_view"),(12,"purchase"),(6,"form_submit"),(4,"email_sent"),(3,"unsubscribe"),(3,"sms_click"),(2,"bounce")])
        m = 1 + r.i(3); xs = []
        while len(xs) < m:
            x = leaf_w2(r, t)
            if x["f"] not in {y["f"] for y in xs}: xs.append(x)
        w = A(xs[0], O(*xs[1:])) if m == 3 and r.u() < 0.4 else A(*xs)
        k = r.wpick([(40,"score"),(35,"window"),(25,"threshold")])
        d = {"on": t, "where": w, "kind": k}
        if k == "score": d["n"] = r.pick([1,2,3,5,10])
        if k == "window": d["days"] = r.pick([1,7,30]); d["k"] = r.pick([2,3,5,8])
        if k == "threshold": d["K"] = r.pick([10,20,50,100,200,500])
        out.append(d)
    return out
# ---- W3 -------------------------------------------------------------------------------
W3_SCHEMA = {"type":"string","campaign":"string","country":"string","city":"string","category":"string","plan":"string","device":"string","language":"string","source":"string",
 "score":[0,1000],"ltv":[0,100000],"orders":[0,50],"days_since_open":[0,730],"days_since_signup":[0,2190],"hour":[0,23],"weekday":[0,6],"position":[1,20],"amount":[0,100000],
 "consent_email":"bool","consent_sms":"bool","is_new":"bool","tags":"intlist"}
def zipf(r, n):  # cheap skew: n*u^2
    u = r.u(); return int(n*u*u)
def ev_w3(r):
    return {"type":r.pick(TYPES),"campaign":"c%d"%zipf(r,500),"country":COUNTRY[zipf(r,40)],"city":"city%d"%zipf(r,2000),"category":"cat%d"%zipf(r,200),
     "plan":PLAN[zipf(r,4)],"device":r.pick(["mobile","desktop","tablet"]),"language":LANG[zipf(r,8)],"source":"src%d"%zipf(r,100),
     "score":zipf(r,1001),"ltv":zipf(r,100001),"orders":zipf(r,51),"days_since_open":zipf(r,731),"days_since_signup":r.i(2191),"hour":r.i(24),"weekday":r.i(7),"position":1+r.i(20),"amount":zipf(r,100001),
     "consent_email":r.u()<0.85,"consent_sms":r.u()<0.3,"is_new":r.u()<0.2,"tags":sorted({zipf(r,300) for _ in range(5)})}
def w3_extra(r):
    k = r.wpick([(10,"country"),(6,"plan"),(6,"device"),(6,"lang"),(12,"score"),(10,"ltv"),(6,"orders"),(12,"dso"),(6,"dss"),(8,"hour"),(5,"wd"),(8,"ce"),(4,"cs"),(3,"new"),(6,"tags"),(4,"source")])
    if k == "country": return L("country","in",sorted(set(countries(r))))
    if k == "plan": return L("plan","in",sorted(r.sample(PLAN,1+r.i(2))))
    if k == "device": return L("device","==",r.pick(["mobile","desktop","tablet"]))
    if k == "lang": return L("language","==",LANG[zipf(r,8)])
    if k == "score": return L("score",">=",25*(1+r.i(24)))
    if k == "ltv": return L("ltv",">",1000*r.pick([1,2,5,10,20,40]))
    if k == "orders": return L("orders",">=",1+r.i(10))
    if k == "dso": return L("days_since_open","<=",r.pick([7,14,30,60,90,180]))
    if k == "dss": return L("days_since_signup","<=",r.pick([30,90,180,365,730]))
    if k == "hour":
        a = r.i(20); return L("hour","between",[a, min(23, a+3+r.i(6))])
    if k == "wd": return L("weekday","<=",4) if r.u()<0.5 else L("weekday",">=",5)
    if k == "ce": return L("consent_email","==",True)
    if k == "cs": return L("consent_sms","==",True)
    if k == "new": return L("is_new","==",True)
    if k == "tags": return L("tags","hasany",sorted(r.sample(range(300),3+r.i(5))))
    return L("source","==","src%d"%zipf(r,100))
def rule_w3(r):
    xs = []
    u = r.u()
    if u < 0.55: xs += [L("type","==",r.pick(TYPES)), L("campaign","in",sorted({"c%d"%zipf(r,500) for _ in range(1+r.i(3))}))]
    elif u < 0.75: xs += [L("type","==",r.pick(TYPES)), L("category","in",sorted({"cat%d"%zipf(r,200) for _ in range(1+r.i(2))}))]
    elif u < 0.90: xs += [L("city","in",sorted({"city%d"%zipf(r,2000) for _ in range(1+r.i(3))}))]
    else:  # no equality anchor on a large domain: narrow ranges
        a = r.i(950); b = 1000*r.i(90)
        xs += [L("score","between",[a,a+20+r.i(30)]), L("ltv","between",[b,b+2000+1000*r.i(5)])]
    have = {x["f"] for x in xs}
    for _ in range(2 + r.i(4)):
        x = w3_extra(r)
        if x["f"] not in have: have.add(x["f"]); xs.append(x)
    if len(xs) >= 5 and r.u() < 0.15: return A(*(xs[:-2] + [O(xs[-2], xs[-1])]))
    return A(*xs)
def gen_w3(n=100000, m=10000):
    r = Rng(33); rules = [rule_w3(r) for _ in range(n)]
    r = Rng(34); evs = [ev_w3(r) for _ in range(m)]
    return rules, evs
def leaves(x):
    if "f" in x: yield x
    else:
        for a in x["args"]: yield from leaves(a)
def main():
    out = sys.argv[1]; os.makedirs(out, exist_ok=True)
    w1 = gen_w1(); json.dump(w1, open(out+"/w1_rules.json","w"), separators=(",",":"))
    w2 = gen_w2(); json.dump(w2, open(out+"/w2_rules.json","w"), separators=(",",":"))
    w3, ev = gen_w3()
    with open(out+"/w3_rules.jsonl","w") as f:
        for x in w3: f.write(json.dumps(x, separators=(",",":"))+"\n")
    with open(out+"/w3_events.jsonl","w") as f:
        for x in ev: f.write(json.dumps(x, separators=(",",":"))+"\n")
    for k in (10,100,1000):
        ls = [json.dumps(l) for r in w1[:k] for l in leaves(r)]; l2 = [json.dumps(l) for r in w2[:k] for l in leaves(r["where"])]
        print("W1 %d rules: %d leaves, %d distinct; W2: %d leaves, %d distinct" % (k, len(ls), len(set(ls)), len(l2), len(set(l2))))
    l3 = [json.dumps(l) for r in w3 for l in leaves(r)]
    print("W3: %d leaves, %d distinct" % (len(l3), len(set(l3))))
if __name__ == "__main__": main()
