// headroom_compile DATA_FOLDER PACK   validates the facts and writes them as one pack
// headroom_compile --check DATA_FOLDER   validates only
// Exits with 1 and one line per problem when a fact is wrong.
#include <cstdio>
#include <fstream>
#include <string_view>

#include "data/compiler/compile.h"
#include "data/compiler/facts.h"
#include "data/compiler/validate.h"

int main(int count, char** arguments) {
  using namespace headroom;
  if (count != 3) {
    std::fprintf(stderr, "usage: headroom_compile DATA_FOLDER PACK\n       headroom_compile --check DATA_FOLDER\n");
    return 2;
  }
  const bool check_only = std::string_view(arguments[1]) == "--check";
  facts::Problems problems;
  const facts::Facts facts = facts::load(arguments[check_only ? 2 : 1], problems);
  facts::validate(facts, problems);
  const PackWriter pack = facts::compile(facts, problems);
  for (const std::string& problem : problems.list()) std::fprintf(stderr, "%s\n", problem.c_str());
  if (!problems.empty()) {
    std::fprintf(stderr, "%zu problems in the facts\n", problems.list().size());
    return 1;
  }
  if (check_only) return 0;
  const ByteBuffer bytes = pack.finish();
  std::ofstream file(arguments[2], std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) {
    std::fprintf(stderr, "%s: cannot be written\n", arguments[2]);
    return 1;
  }
  return 0;
}
