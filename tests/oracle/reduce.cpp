// SPDX-License-Identifier: Apache-2.0
// Makes a failing case small: records, rules, segments, actions, limits and parts of conditions go, as long
// as it still fails.
#include <algorithm>
#include <functional>

#include "tests/oracle/model.h"

namespace mrule::oracle {

namespace {

bool IsCondition(const Expr& e) { return e.op >= Op::kCompare; }

class Reducer {
 public:
  explicit Reducer(const Case& made) : best_(made) {}

  Case Run() {
    for (bool smaller = true; smaller;) {
      smaller = Records();
      smaller |= Rules();
      smaller |= Conditions();
    }
    return best_;
  }

 private:
  static bool HasEvent(const Expr& e) {
    return e.op == Op::kEvent || e.op == Op::kSequence || e.op == Op::kChanges || e.op == Op::kEach ||
           std::any_of(e.args.begin(), e.args.end(), HasEvent);
  }

  bool Try(Case made) {
    for (const Rule& rule : made.program.rules) {
      if (rule.on_event != HasEvent(rule.condition)) return false;  // would be another kind of rule
    }
    Number(made.program);
    const std::string found = Compare(made, false, nullptr);
    // A cut that breaks the program shows nothing.
    if (found.empty() || found.starts_with("the program does not check")) return false;
    best_ = std::move(made);
    return true;
  }

  bool Records() {
    bool any = false;
    for (size_t size = std::max<size_t>(best_.log.size() / 2, 1); size >= 1; size /= 2) {
      for (size_t at = 0; at < best_.log.size();) {
        Case made = best_;
        const size_t end = std::min(at + size, made.log.size());
        made.log.erase(made.log.begin() + static_cast<long>(at), made.log.begin() + static_cast<long>(end));
        if (!Try(std::move(made))) {
          at += size;
        } else {
          any = true;
        }
      }
      if (size == 1) break;
    }
    return any;
  }

  template <typename Items>
  bool Drop(Items of) {
    bool any = false;
    for (size_t i = of(best_).size(); i-- > 0;) {
      Case made = best_;
      auto& items = of(made);
      items.erase(items.begin() + static_cast<long>(i));
      any |= Try(std::move(made));
    }
    return any;
  }

  bool Rules() {
    bool any = Drop([](Case& made) -> auto& { return made.program.rules; });
    any |= DropSegments();
    for (size_t r = 0; r < best_.program.rules.size(); ++r) {
      if (best_.program.rules[r].actions.size() > 1)
        any |= Drop([r](Case& made) -> auto& { return made.program.rules[r].actions; });
      any |= Drop([r](Case& made) -> auto& { return made.program.rules[r].limits; });
      any |= Drop([r](Case& made) -> auto& { return made.program.rules[r].way_back; });
      for (size_t a = 0; a < best_.program.rules[r].actions.size(); ++a)
        any |= Drop([r, a](Case& made) -> auto& { return made.program.rules[r].actions[a].until; });
    }
    return any;
  }

  /// Only the last one, so that the names of the others stay.
  bool DropSegments() {
    if (best_.program.segments.empty()) return false;
    Case made = best_;
    made.program.segments.pop_back();
    return Try(std::move(made));
  }

  /// Every condition by one of its own parts.
  bool Conditions() {
    bool any = false;
    for (size_t r = 0; r < best_.program.rules.size(); ++r) {
      any |= Shrink([r](Case& made) -> Expr& { return made.program.rules[r].condition; });
      if (!best_.program.rules[r].way_back.empty())
        any |= Shrink([r](Case& made) -> Expr& { return made.program.rules[r].way_back[0].condition; });
    }
    for (size_t i = 0; i < best_.program.segments.size(); ++i)
      any |= Shrink([i](Case& made) -> Expr& { return made.program.segments[i]; });
    return any;
  }

  bool Shrink(const std::function<Expr&(Case&)>& find) {
    bool any = false;
    for (size_t i = 0; i < find(best_).args.size(); ++i) {
      if (!IsCondition(find(best_).args[i])) continue;
      Case made = best_;
      Expr kept = find(made).args[i];
      find(made) = std::move(kept);
      if (Try(std::move(made))) return true;
      any |= Shrink([&find, i](Case& of) -> Expr& { return find(of).args[i]; });
    }
    return any;
  }

  Case best_;
};

}  // namespace

Case Reduce(const Case& made) { return Reducer(made).Run(); }

}  // namespace mrule::oracle
