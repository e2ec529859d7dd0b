// SPDX-License-Identifier: Apache-2.0
// Looking on while one subject is judged: what answers "why" needs to see a rule's values at the moment they decide. Given to
// the runner before the first event; it changes nothing, and a run without one pays a comparison.
#pragma once

#include <cstdint>
#include <string>

#include "stdlib/abi.h"

namespace mrule::runtime {

class Watch {
 public:
  Watch(uint32_t entity, std::string id) : entity_(entity), id_(std::move(id)) {}
  virtual ~Watch() = default;

  uint32_t entity() const { return entity_; }
  const std::string& id() const { return id_; }

  /// The subject met an event (index into Plan::events): its record is up to date, its rules have not fired yet.
  virtual void OnEvent(uint32_t event, const MrFrame& frame) = 0;
  /// A rule on state (index into Plan::rules) is about to be judged.
  virtual void OnJudged(uint32_t rule, const MrFrame& frame) = 0;

 private:
  uint32_t entity_;
  std::string id_;
};

}  // namespace mrule::runtime
