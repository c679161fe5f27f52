// One program holds every target and is called by their names: which one runs is the last part of the path it was
// started by.
#include <cstdio>
#include <iterator>
#include <string_view>

#include "tests/fuzz/fuzz.h"

namespace headroom::fuzz {
namespace {

struct Target {
  std::string_view name;
  int (*run)(const std::uint8_t* data, std::size_t size);
};
constexpr Target kTargets[] = {
    {"fuzz_config", fuzz_config},     {"fuzz_gguf", fuzz_gguf},   {"fuzz_link", fuzz_link},
    {"fuzz_pack", fuzz_pack},         {"fuzz_paste", fuzz_paste}, {"fuzz_safetensors", fuzz_safetensors},
    {"fuzz_scenario", fuzz_scenario},
};
const Target* chosen = nullptr;

}  // namespace
}  // namespace headroom::fuzz

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
  using namespace headroom::fuzz;
  std::string_view name = *count > 0 ? (*arguments)[0] : "";
  name.remove_prefix(name.find_last_of('/') + 1);
  for (const Target& target : kTargets) {
    if (target.name == name) chosen = &target;
  }
  if (chosen != nullptr) return 0;
  std::fputs("There is no fuzz target of this name.\n", stderr);
  std::exit(1);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return headroom::fuzz::chosen->run(data, size);
}
