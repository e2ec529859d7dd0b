// SPDX-License-Identifier: Apache-2.0
// Types of the language as the checker sees them, and how each is held at run time. A Type is a small value; enumerations,
// entities and currencies are named by an index into the program's tables.
#pragma once

#include <cstdint>

namespace mrule::sema {

enum class TypeKind : uint8_t {
  kError,      ///< absorbs: whatever meets it is kError and is not reported again
  kBoolean,
  kNumber,     ///< double
  kCount,      ///< int64
  kRatio,      ///< double: the quotient of two like quantities
  kPercent,    ///< double: 20% is 0.2; `x + 20%` scales
  kMoney,      ///< int64 micro-units; detail: currency
  kDuration,   ///< int64 microseconds
  kInstant,    ///< int64 microseconds since 1970
  kDate,       ///< int64 days since 1970
  kTimeOfDay,  ///< int64 microseconds since midnight
  kText,
  kCode,       ///< text whose constants may be written bare
  kEnum,       ///< detail: EnumId
  kMessage,    ///< an identifier of a message
  kSubject,    ///< an identifier of a subject; detail: EntityId
  kSet,        ///< a set of text or codes
};

/// How a value is held: what a record slot, an event field and an IR register contain.
enum class Physical : uint8_t { kI64, kF64, kText, kSet };

struct Type {
  TypeKind kind = TypeKind::kError;
  bool optional = false;  ///< may be unknown (S5)
  uint32_t detail = 0;    ///< enumeration, entity or currency; else 0

  friend bool operator==(const Type& a, const Type& b) {
    return a.kind == b.kind && a.detail == b.detail && a.optional == b.optional;
  }
  /// Same kind and detail; optionality aside.
  bool SameAs(const Type& b) const { return kind == b.kind && detail == b.detail; }
  bool is_error() const { return kind == TypeKind::kError; }
  bool is_text() const {
    return kind == TypeKind::kText || kind == TypeKind::kCode || kind == TypeKind::kMessage ||
           kind == TypeKind::kSubject;
  }
};

constexpr Physical PhysicalOf(TypeKind kind) {
  switch (kind) {
    case TypeKind::kNumber:
    case TypeKind::kRatio:
    case TypeKind::kPercent:
      return Physical::kF64;
    case TypeKind::kText:
    case TypeKind::kCode:
    case TypeKind::kMessage:
    case TypeKind::kSubject:
      return Physical::kText;
    case TypeKind::kSet:
      return Physical::kSet;
    case TypeKind::kError:
    case TypeKind::kBoolean:
    case TypeKind::kCount:
    case TypeKind::kMoney:
    case TypeKind::kDuration:
    case TypeKind::kInstant:
    case TypeKind::kDate:
    case TypeKind::kTimeOfDay:
    case TypeKind::kEnum:
      return Physical::kI64;
  }
  return Physical::kI64;
}

}  // namespace mrule::sema
