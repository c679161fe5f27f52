// The functions of the contract over JSON text: the one entry that JavaScript, the plain-HTML view and the tests use.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>

#include "core/catalog/command.h"
#include "core/catalog/front.h"
#include "core/catalog/measurements.h"
#include "core/catalog/scenario_json.h"
#include "core/catalog/texts.h"
#include "core/result.h"

namespace headroom {

struct BuildInfo {
  std::string version;
  std::string commit;
};

class Api {
 public:
  // `front` must outlive the object; the application shares its own.
  Api(Front& front, BuildInfo build);

  // Calls `function` ("estimate") with `arguments`, a JSON array. Gives {"value": ...} or
  // {"error": {"code": ..., "message": ...}}; never fails otherwise, whatever the text.
  [[nodiscard]] std::string call(std::string_view function, std::string_view arguments);

  // hr.importModel: `content` is a whole file or its beginning. Same result shape.
  [[nodiscard]] std::string import_model(std::span<const std::uint8_t> content, std::string_view file_name);

 private:
  using json = nlohmann::json;
  using Function = Result<json> (Api::*)(const json& arguments);
  struct Entry {
    std::string_view name;
    Function function;
    std::size_t least_arguments;
  };
  static std::span<const Entry> functions();

  [[nodiscard]] Result<ScenarioSpec> read_scenario(const json& scenario, ScenarioNeeds needs = {}) const;
  Result<json> version(const json& arguments);
  Result<json> catalog(const json& arguments);
  Result<json> model(const json& arguments);
  Result<json> hardware(const json& arguments);
  Result<json> estimate(const json& arguments);
  Result<json> estimate_batch(const json& arguments);
  Result<json> explain(const json& arguments);
  Result<json> quantizations(const json& arguments);
  Result<json> workloads(const json& arguments);
  Result<json> prepare_ranking(const json& arguments);
  Result<json> rank_models(const json& arguments);
  Result<json> rank_hardware(const json& arguments);
  Result<json> upgrades(const json& arguments);
  Result<json> draft_models(const json& arguments);
  Result<json> scaling(const json& arguments);
  Result<json> command(const json& arguments);
  Result<json> questions(const json& arguments);
  Result<json> roofline(const json& arguments);
  Result<json> report(const json& arguments);
  Result<json> first_scenario(const json& arguments);
  Result<json> encode_link(const json& arguments);
  Result<json> decode_link(const json& arguments);
  Result<json> read_link(const json& arguments);
  Result<json> with_engine(const json& arguments);
  Result<json> with_model(const json& arguments);
  Result<json> with_device(const json& arguments);
  Result<json> read_measurement(const json& arguments);
  Result<json> texts(const json& arguments);

  Result<json> estimate_one(const json& scenario);
  const Texts& texts_in(std::string_view language_code);

  Front& front_;
  BuildInfo build_;
  std::array<std::unique_ptr<Texts>, 3> texts_;  // by Language, read when first used
  CommandTemplates commands_;
};

}  // namespace headroom
