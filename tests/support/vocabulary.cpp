// SPDX-License-Identifier: Apache-2.0
#include "tests/support/vocabulary.h"

namespace mrule::testing {

std::string_view GeneratedVocabulary() {
  return R"(entity contact
  country: code
  city: text
  plan: one of free, pro, enterprise
  consent: boolean
  balance: money
  visits: count
  rating: number
  joined_at: instant
  tags: set of text
  points: number = 0
  time_zone: text
  born: date

entity campaign
  status: one of paused, active safer less
  budget: money safer less

event opened {message: message} on contact
event bought on contact
  amount: money
  quantity: optional count
  sku: optional code
  weight: optional number
  note: optional text
event carted on contact
  sku: optional code
event clicked on contact, campaign
  url: optional text
  position: optional count
  sku: optional code
event report on campaign
  spend: optional money
  revenue: optional money
  clicks: optional count
  conversions: optional count
events activity on contact = opened, bought
event nudged on contact
event asked on contact
event audited on campaign
event noted on campaign
  level: optional number

measure grade: number = last of noted.level fresh 2h
measure spend: money = sum of report.spend fresh 90min
measure revenue: money = sum of report.revenue fresh 90min
measure clicks: count = sum of report.clicks fresh 3h
measure conversions: count = sum of report.conversions fresh 90min
metric roas: ratio = revenue / spend over 6h
metric cpc: money = spend / clicks over 12h

action score {points: number}
  subject: contact
  kind: state
  effect: points += points
action add tag {tag: text}
  subject: contact
  kind: state
  effect: tags += tag
  reverse: remove tag tag
action remove tag {tag: text}
  subject: contact
  kind: state
  effect: tags -= tag
action set {field: attribute} to {value: any}
  subject: contact, campaign
  kind: state
action emit {event: event}
  subject: contact
  kind: state
action lift budget by {amount: money or percent} up to {ceiling: optional money}
  subject: campaign
  effect: budget = least(budget + amount, ceiling default budget + amount)
  grows: budget
  reverse: change budget to before
action send {message: message}
  subject: contact
action pause campaign
  subject: campaign
  effect: status = paused
  reverse: resume campaign
action resume campaign
  subject: campaign
  effect: status = active
  reverse: pause campaign
action change budget to {amount: money}
  subject: campaign
  effect: budget = amount
  reverse: change budget to before
action notify {message: text}
  subject: contact, campaign

)";
}

}  // namespace mrule::testing
