# SPDX-License-Identifier: Apache-2.0
# cmake -DOUT=file.cpp "-DFILES=a.mrule;b.mrule" -P embed_prelude.cmake
# Writes the definition of mrule::stdlib::Prelude() with the text of FILES as raw string literals.
set(rows "")
foreach(file IN LISTS FILES)
  get_filename_component(name ${file} NAME_WE)
  file(READ ${file} text)
  string(APPEND rows "    {\"${name}\", R\"mrule(${text})mrule\"},\n")
endforeach()
file(WRITE ${OUT}.new "// Generated from stdlib/prelude by embed_prelude.cmake.
#include \"stdlib/prelude.h\"

namespace mrule::stdlib {
namespace {
constexpr PreludeFile kFiles[] = {
${rows}};
}  // namespace

std::span<const PreludeFile> Prelude() { return kFiles; }

}  // namespace mrule::stdlib
")
file(RENAME ${OUT}.new ${OUT})
