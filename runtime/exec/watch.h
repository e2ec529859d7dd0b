// SPDX-License-Identifier: Apache-2.0
// Looking on while subjects are judged: what answers "why", or counts what tests reach, needs to see a rule's values at the moment they decide. Given to
// the runner before the first event; it changes nothing, and a run without one pays a comparison.
#pragma once

#include <cstdint>
#include <string>

#include "stdlib/abi.h"

namespace mrule::runtime {

class Watch {
 public:
  Watch(uint32_t entity, std::string id) : entity_(entity), id_(std::move(id)) {}
  /// Looks on while any subject is judged.
  Watch() : everybody_(true) {}
  virtual ~Watch() = default;

  bool everybody() const { return everybody_; }
  uint32_t entity() const { return entity_; }
  const std::string& id() const { return id_; }

  /// A subject of the entity met an event (index into Plan::events): its record is up to date, its rules have not fired yet.
  virtual void OnEvent(uint32_t entity, uint32_t event, const MrFrame& frame) = 0;
  /// A rule on state (index into Plan::rules) is about to be judged.
  virtual void OnJudged(uint32_t rule, const MrFrame& frame) = 0;

 private:
  bool everybody_ = false;
  uint32_t entity_ = 0;
  std::string id_;
};

}  // namespace mrule::runtime
