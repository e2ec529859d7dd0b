# SPDX-License-Identifier: Apache-2.0
# cmake -DPAGES_DIR=dir -DOUTPUT=file -P EmbedExplain.cmake
#
# Writes every CODE.md of PAGES_DIR as a row `{"CODE", R"mr_page(...)mr_page"},` in order of code.
file(GLOB pages LIST_DIRECTORIES false ${PAGES_DIR}/*.md)
list(SORT pages)
set(table "// Generated from the explain pages; edit those.\n")
foreach(page IN LISTS pages)
  get_filename_component(code "${page}" NAME_WE)
  file(READ "${page}" text)
  string(APPEND table "{\"${code}\", R\"mr_page(${text})mr_page\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "${table}")
