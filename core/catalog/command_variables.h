// An answer as the words that a command's template is filled with.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "core/catalog/catalog.h"
#include "core/catalog/front.h"
#include "core/catalog/model_files.h"

namespace headroom {

using Variables = std::map<std::string, std::string, std::less<>>;
using Words = std::map<std::string, std::string, std::less<>>;  // id -> the engine's own name

// What an engine calls things.
struct EngineWords {
  Words formats;        // of a format, wherever it comes from
  Words while_loading;  // of what it makes of a 16-bit checkpoint while it loads it
  Words dtypes;         // of the type it is to convert an unquantized checkpoint to
  Words kv_types;
  Words links;  // of what a link between machines is driven by
  TagRule tag_rule;
};

[[nodiscard]] std::string host_name(std::uint64_t machine);  // what stands for a machine's address, from HOST_1
// `asked`: it is the scenario's own engine, not one that is offered beside it.
[[nodiscard]] Variables variables_of(const Answer& answer, const Engine& engine, const EngineWords& words,
                                     const ModelFiles& files, const Catalog& catalog, bool asked);

}  // namespace headroom
