#include <algorithm>
#include <string_view>

#include "core/catalog/engine_choice.h"
#include "core/catalog/look_up.h"
#include "core/catalog/names.h"
#include "core/catalog/nearest.h"
#include "core/catalog/resolve.h"

namespace headroom {
namespace {

// Formats that are called differently as a checkpoint and as a GGUF file.
struct Twin {
  std::string_view format, other;
};
constexpr Twin kTwins[] = {{"MXFP4", "MXFP4_MOE"}, {"F16", "FP16"}};
constexpr std::string_view kFallbackFormat = "BF16";

std::string_view precision_of(const Catalog& catalog, const ResolvedModel& model) {
  return model.index ? catalog.models()[*model.index].native_precision : std::string_view();
}

// What an engine that lacks the format loads instead: the same one under another name, nullptr for nothing.
const Format* twin_of(const Catalog& catalog, const Engine& engine, const Format& format) {
  for (const Twin& twin : kTwins) {
    if (twin.format != format.id) continue;
    const Format* other = catalog.find_format(twin.other);
    if (other != nullptr && engine.runs(other->family)) return other;
  }
  return nullptr;
}

std::vector<std::string_view> run_by(const Catalog& catalog, const Engine& engine) {
  std::vector<std::string_view> ids;
  for (const Format& format : catalog.formats()) {
    if (engine.runs(format.family)) ids.emplace_back(format.id);
  }
  return ids;
}

// The GGUF file of a model released in few bits: any other file of it would be worse or larger. nullptr for none.
const Format* released_file(const Catalog& catalog, const Engine& engine, const ResolvedModel& model) {
  const std::string_view precision = precision_of(catalog, model);
  for (const Format& format : catalog.formats()) {
    if (!format.is_released_in(precision)) continue;
    if (const Format* file = twin_of(catalog, engine, format)) return file;
  }
  return nullptr;
}

// The format of a scenario that names none: the model's own few bits as a GGUF file, the engine's usual one, what the
// model was released in, 16 bit, or any that the engine runs on these devices; nullptr where it runs none.
const Format* default_format(const Catalog& catalog, const Engine& engine, const ResolvedModel& model,
                             const System& system) {
  const auto runs = [&](const Format* format) {
    return format != nullptr && engine.runs(format->family) && engine.has_kernels(system, format);
  };
  if (const Format* file = released_file(catalog, engine, model); runs(file)) return file;
  if (const Format* usual = find_format(catalog, engine.default_format); runs(usual)) return usual;
  const std::string_view precision = precision_of(catalog, model);
  const auto formats = catalog.formats();
  const auto find = [&](const auto& wanted) {
    const auto found = std::find_if(formats.begin(), formats.end(), wanted);
    return found == formats.end() ? nullptr : &*found;
  };
  const Format* released =
      find([&](const Format& format) { return format.is_released_in(precision) && runs(&format); });
  if (released != nullptr) return released;
  if (const Format* fallback = catalog.find_format(kFallbackFormat); runs(fallback)) return fallback;
  if (const Format* any = find([&](const Format& format) { return runs(&format); })) return any;
  return find([&](const Format& format) { return engine.runs(format.family); });
}

}  // namespace

Result<const Format*> find_known_format(const Catalog& catalog, const Engine& engine, std::string_view wanted) {
  if (const Format* format = find_format(catalog, wanted)) return format;
  return unknown(ErrorCode::unknown_quantization, "quantization", wanted,
                 nearest_ids(wanted, run_by(catalog, engine), 2 * Catalog::kSuggestions));
}

Result<const Format*> resolve_format(const Catalog& catalog, const ScenarioSpec& spec, const Engine& engine,
                                     const ResolvedModel& model, const System& system) {
  std::string_view wanted;
  if (spec.quantization) {
    wanted = *spec.quantization;
  } else if (model.custom && !model.custom->quantization.empty()) {
    wanted = model.custom->quantization;
  }
  if (!wanted.empty()) {
    Result<const Format*> format = find_known_format(catalog, engine, wanted);
    if (!format || engine.runs((*format)->family)) return format;
    if (const Format* file = twin_of(catalog, engine, **format)) return file;
    return Error{ErrorCode::unsupported, "quantization: " + engine.name + " does not run " + in_quotes((*format)->id) +
                                             "; it runs " + joined(run_by(catalog, engine))};
  }
  if (const Format* format = default_format(catalog, engine, model, system)) return format;
  return Error{ErrorCode::unsupported, "quantization: none of the known formats runs on " + engine.name};
}

}  // namespace headroom
