// SPDX-License-Identifier: Apache-2.0
// Every cap of the compiler and the runtime, by name. Reaching one is a diagnostic, a reject or a trap that names it;
// none is silent. Units are in the names.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mrule::limits {

// --- rule text ---
inline constexpr size_t kSourceBytesMax = 64u << 20;      ///< one rule file
inline constexpr size_t kTokensMax = 8u << 20;            ///< tokens of one rule file
inline constexpr uint32_t kNestingMax = 200;              ///< parentheses, templates and blocks, counted together
inline constexpr uint32_t kExpressionNodesMax = 20'000;   ///< nodes of one rule's condition
inline constexpr uint32_t kExpressionDepthMax = 1000;     ///< nodes inside each other, chains of one operator counted once
inline constexpr size_t kErrorsReportedMax = 100;         ///< diagnostics kept for one file; the rest are counted
inline constexpr size_t kDiagnosticArgBytesMax = 4096;    ///< one argument of a message; the rest is cut off
inline constexpr size_t kNameBytesMax = 200;              ///< a declared name or a rule's name
inline constexpr size_t kRulesMax = 1'000'000;            ///< rules of one program

inline constexpr size_t kTestRecordsMax = 100'000;        ///< records of one test

// --- the program ---
inline constexpr uint32_t kRecordBytesMax = 1u << 20;     ///< the fixed part of one subject's record
inline constexpr uint32_t kRecentInstantsMax = 1024;      ///< k of `at least k times in last W`
inline constexpr int64_t kPeriodsBackMax = 3660;          ///< N of `last N full days`, and of weeks, months …
inline constexpr uint64_t kScanClassesMax = 65'000;       ///< classes of value of one column; tests beyond are made row by row
inline constexpr size_t kScheduleTimesMax = 48;           ///< times of the day that one schedule names
inline constexpr int64_t kScheduleIntervalMicrosMin = 60'000'000;  ///< of `every 15min`: each occurrence looks at every subject
inline constexpr int64_t kUsualPeriodsMax = 60;           ///< n of `usual … over previous n days`
inline constexpr int64_t kReportsInARowMax = 1000;        ///< n of `for n reports in a row`
inline constexpr size_t kSequenceStepsMax = 8;            ///< events of one `followed by` chain
inline constexpr size_t kSequenceKeysMax = 2;             ///< names after `with same`
inline constexpr uint32_t kOpenSequencesMax = 1024;       ///< open runs of one keyed or `each` sequence of one subject
inline constexpr uint32_t kRoundsMax = 16;                ///< effect rounds at one instant (S9)

// --- order of events (S16) ---
inline constexpr size_t kSourcesMax = 1000;               ///< inputs of one run
inline constexpr int64_t kHorizonDefaultMicros = 86'400'000'000;  ///< a repeated `id` counts once within it: 24 h
inline constexpr int64_t kIdleDefaultMicros = 600'000'000;        ///< a silent source holds the clock back for so long: 10 min
inline constexpr size_t kIdsKeptMax = 1u << 24;           ///< identifiers remembered; beyond, the oldest are forgotten early
inline constexpr size_t kHeldEventsMax = 1u << 24;        ///< records held back; beyond, the oldest go on and the clock with them
inline constexpr uint32_t kThreadsMax = 64;               ///< shards of one run
inline constexpr uint32_t kDecisionsKeptMax = 16;         ///< latest decisions of one subject that a late record may contradict

// --- input ---
inline constexpr size_t kLineBytesMax = 8u << 20;         ///< one JSON line
inline constexpr uint32_t kJsonDepthMax = 64;             ///< nesting of one JSON line
inline constexpr size_t kTextBytesMax = 64u << 10;        ///< one text value that is kept in state
inline constexpr uint32_t kWindowEntriesMax = 1u << 20;   ///< entries one subject keeps for one rolling window
inline constexpr uint32_t kLimitKeysMax = 4096;           ///< values that one limit counts at a time for one subject
inline constexpr uint32_t kEachFiringsMax = 1000;         ///< multiples of `each 1,000 …` that one event may pass
inline constexpr uint32_t kWaitingFiringsMax = 1024;      ///< firings of one rule that wait at a time for one subject
inline constexpr int64_t kInstantMinMicros = -62'135'596'800'000'000;  ///< 0001-01-01T00:00:00Z
inline constexpr int64_t kInstantMaxMicros = 253'402'300'799'999'999;  ///< 9999-12-31T23:59:59.999999Z

}  // namespace mrule::limits
