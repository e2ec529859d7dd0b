# SPDX-License-Identifier: Apache-2.0
# cmake -DIN=MRuleLexer.tokens -DOUT=token_types.def -P token_types.cmake
#
# Turns ANTLR's token list into rows MR_TOKEN(NAME, number, "spelling"), so that code which must not see ANTLR can speak
# of token types. The spelling is empty for tokens that are not one fixed text.
file(STRINGS ${IN} lines)
set(names "")
foreach(line IN LISTS lines)
  if(line MATCHES "^'(.*)'=([0-9]+)$")
    set(spelling_${CMAKE_MATCH_2} "${CMAKE_MATCH_1}")
  elseif(line MATCHES "^([A-Z_]+)=([0-9]+)$")
    set(name_${CMAKE_MATCH_2} ${CMAKE_MATCH_1})
    list(APPEND names ${CMAKE_MATCH_2})
  endif()
endforeach()
set(text "// Generated from MRuleLexer.tokens by token_types.cmake.\n")
foreach(number IN LISTS names)
  string(APPEND text "MR_TOKEN(${name_${number}}, ${number}, \"${spelling_${number}}\")\n")
endforeach()
string(APPEND text "#undef MR_TOKEN\n")
file(WRITE ${OUT} "${text}")
