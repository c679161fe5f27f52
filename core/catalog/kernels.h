// Kernel packages: published speed-ups that a scenario may switch on by name (data/kernels.json).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/scenario.h"

namespace headroom {

struct KernelPackage {
  std::string id, name, source;
  std::string mixer;                 // as the facts name it
  std::vector<std::string> devices;  // ids it was measured on
  std::vector<std::string> engines;  // ids of those that can use it
  KernelSpeedup speedup;
  [[nodiscard]] bool runs_on(std::string_view device) const;
  [[nodiscard]] bool runs_in(std::string_view engine) const;
  [[nodiscard]] bool concerns(std::string_view device, std::string_view engine) const {
    return runs_on(device) && runs_in(engine);
  }
};

// Errors (bad_file): not the expected JSON, an unknown mixer, a range below 1 or upside down.
[[nodiscard]] Result<std::vector<KernelPackage>> read_kernels(std::string_view json_text);

// Switches the named packages on in `settings`, where they concern `device` and `engine`; elsewhere they change
// nothing.
// Errors (bad_value): a name that is not in `packages_json`, with those that are.
[[nodiscard]] Status use_kernels(std::string_view packages_json, std::span<const std::string> names,
                                 std::string_view device, std::string_view engine, Settings& settings);

}  // namespace headroom
