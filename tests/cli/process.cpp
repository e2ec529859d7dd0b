// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/process.h"

#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace mrule::test {

void CliTest::SetUp() {
  std::string name = (std::filesystem::temp_directory_path() / "mrule-cli-XXXXXX").string();
  ASSERT_NE(mkdtemp(name.data()), nullptr);
  folder_ = name;
}

void CliTest::TearDown() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void CliTest::Write(const std::string& name, std::string_view text) const {
  std::filesystem::create_directories((folder_ / name).parent_path());
  std::ofstream(folder_ / name, std::ios::binary) << text;
}

std::string CliTest::Read(const std::string& name) const {
  std::ifstream in(folder_ / name, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

Outcome CliTest::Mrule(const std::string& arguments) const {
  const std::string command = "cd '" + folder_.string() + "' && { '" MRULE_BINARY "' " + arguments +
                              "; } >.stdout 2>.stderr";
  const int raw = std::system(command.c_str());
  Outcome outcome;
  outcome.status = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
  outcome.out = Read(".stdout");
  outcome.err = Read(".stderr");
  return outcome;
}

size_t CountLines(std::string_view text) { return static_cast<size_t>(std::count(text.begin(), text.end(), '\n')); }

}  // namespace mrule::test
