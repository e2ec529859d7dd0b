# SPDX-License-Identifier: Apache-2.0
# cmake -DPAGES_DIR=dir -DCODES=,CODE,CODE... -DOUTPUT=file -P EmbedExplain.cmake
#
# Writes each CODE.md of PAGES_DIR as a row `{"CODE", R"mr_page(...)mr_page"},` in order of code.
cmake_minimum_required(VERSION 3.25)
string(REPLACE "," ";" codes "${CODES}")
list(REMOVE_ITEM codes "")
list(SORT codes)
set(table "// Generated from the explain pages; edit those.\n")
foreach(code IN LISTS codes)
  file(READ "${PAGES_DIR}/${code}.md" text)
  string(APPEND table "{\"${code}\", R\"mr_page(${text})mr_page\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "${table}")
