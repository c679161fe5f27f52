#include "core/catalog/api.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "core/as_text.h"
#include "core/catalog/catalog_json.h"
#include "core/catalog/choices.h"
#include "core/catalog/custom_device.h"
#include "core/catalog/custom_model_json.h"
#include "core/catalog/draft_models.h"
#include "core/catalog/engine_choice.h"
#include "core/catalog/estimate_json.h"
#include "core/catalog/first_scenario.h"
#include "core/catalog/json_fields.h"
#include "core/catalog/json_text.h"
#include "core/catalog/link.h"
#include "core/catalog/look_up.h"
#include "core/catalog/near_measurements.h"
#include "core/catalog/nearest.h"
#include "core/catalog/questions.h"
#include "core/catalog/report.h"
#include "core/catalog/rows_json.h"
#include "core/catalog/scenario_json.h"

namespace headroom {
namespace {

using nlohmann::json;

constexpr std::size_t kMostBatch = 100000;     // scenarios in one estimateBatch
constexpr std::size_t kMostText = 64U << 20U;  // bytes of one call

json problem_json(const Error& error) {
  return json_object({{"code", error_code_name(error.code)}, {"message", error.message}});
}

json error_json(const Error& error) { return json_object({{"error", problem_json(error)}}); }

std::string reply(const Result<json>& result) {
  if (!result) return json_text(error_json(result.error()));
  // As text around text: a list of a thousand rows is not copied for its name.
  return R"({"value":)" + json_text(*result) + "}";
}

Result<std::string> text_argument(const json& arguments, std::string_view name) {
  const auto* text = arguments[0].get_ptr<const std::string*>();
  if (text != nullptr) return *text;
  return Error{ErrorCode::bad_value, std::string(name) + ": " + shown(arguments[0]) + " was given; allowed is a text"};
}

// The second argument of scaling().
Result<std::vector<std::uint32_t>> parse_counts(const json& arguments) {
  if (arguments.size() < 2 || arguments[1].is_null()) return std::vector<std::uint32_t>{1, 2, 4, 8};
  const json& given = arguments[1];
  std::vector<std::uint32_t> counts;
  bool allowed = given.is_array() && !given.empty() && given.size() <= kMaxDevices;
  for (std::size_t i = 0; allowed && i < given.size(); ++i) {
    allowed = given[i].is_number_unsigned() && given[i].get<std::uint64_t>() >= 1 &&
              given[i].get<std::uint64_t>() <= kMaxDevices;
    if (allowed) counts.push_back(given[i].get<std::uint32_t>());
  }
  if (allowed) return counts;
  return Error{ErrorCode::bad_value, "counts: " + shortened(json_text(given)) +
                                         " was given; allowed is a list of whole numbers from 1 to " +
                                         std::to_string(kMaxDevices)};
}

template <class Row, class Write>
json rows_json(const std::vector<Row>& rows, const Write& write) {
  json out = json::array();
  for (const Row& row : rows) out.push_back(write(row));
  return out;
}

}  // namespace

Api::Api(Front& front, BuildInfo build)
    : front_(front), build_(std::move(build)), commands_(front.catalog().section("commands")) {}

std::span<const Api::Entry> Api::functions() {
  static constexpr Entry kFunctions[] = {
      {"version", &Api::version, 0},
      {"catalog", &Api::catalog, 0},
      {"model", &Api::model, 1},
      {"hardware", &Api::hardware, 1},
      {"estimate", &Api::estimate, 1},
      {"estimateBatch", &Api::estimate_batch, 1},
      {"explain", &Api::explain, 1},
      {"quantizations", &Api::quantizations, 1},
      {"workloads", &Api::workloads, 1},
      {"prepareRanking", &Api::prepare_ranking, 0},
      {"rankModels", &Api::rank_models, 1},
      {"rankHardware", &Api::rank_hardware, 1},
      {"upgrades", &Api::upgrades, 1},
      {"draftModels", &Api::draft_models, 1},
      {"scaling", &Api::scaling, 1},
      {"command", &Api::command, 1},
      {"questions", &Api::questions, 1},
      {"roofline", &Api::roofline, 1},
      {"report", &Api::report, 2},
      {"firstScenario", &Api::first_scenario, 1},
      {"encodeLink", &Api::encode_link, 1},
      {"decodeLink", &Api::decode_link, 1},
      {"readLink", &Api::read_link, 1},
      {"withEngine", &Api::with_engine, 2},
      {"withModel", &Api::with_model, 2},
      {"withDevice", &Api::with_device, 2},
      {"readMeasurement", &Api::read_measurement, 2},
      {"texts", &Api::texts, 1},
  };
  return kFunctions;
}

std::string Api::call(std::string_view function, std::string_view arguments) {
  if (arguments.size() > kMostText) return reply(Error{ErrorCode::bad_json, "arguments: larger than 64 MiB"});
  const auto read = parse_json(arguments, "arguments");
  if (!read) return reply(read.error());
  const json& parsed = *read;
  if (!parsed.is_array()) return reply(Error{ErrorCode::bad_json, "arguments: not a list"});
  for (const Entry& entry : functions()) {
    if (entry.name != function) continue;
    if (parsed.size() < entry.least_arguments) {
      return reply(Error{ErrorCode::bad_value, std::string(function) + ": nothing was given; an argument is needed"});
    }
    return reply((this->*entry.function)(parsed));
  }
  return reply(Error{ErrorCode::unsupported, "function: " + shown(json(function)) + " does not exist"});
}

const Texts& Api::texts_in(std::string_view language_code) {
  const Language language = parse_language(language_code).value_or(Language::en);
  std::unique_ptr<Texts>& slot = texts_[static_cast<std::size_t>(language)];
  if (!slot) {
    const auto bytes = front_.catalog().section("texts/" + std::string(headroom::language_code(language)));
    // The facts' compiler checked the texts; were they damaged, keys are shown instead.
    auto parsed = Texts::parse(language, as_text(bytes));
    slot = std::make_unique<Texts>(parsed.ok() ? std::move(parsed).value() : Texts());
  }
  return *slot;
}

Result<ScenarioSpec> Api::read_scenario(const json& scenario, ScenarioNeeds needs) const {
  auto spec = parse_scenario(scenario, needs);
  if (spec) use_catalog_ids(front_.catalog(), spec->hardware);
  return spec;
}

Result<json> Api::version(const json&) {
  return json_object(
      {{"version", build_.version}, {"data_date", front_.catalog().data_date()}, {"commit", build_.commit}});
}

Result<json> Api::catalog(const json&) { return catalog_json(front_.catalog()); }

Result<json> Api::model(const json& arguments) {
  const auto id = text_argument(arguments, "id");
  if (!id) return id.error();
  return model_json(front_.catalog(), *id);
}

Result<json> Api::hardware(const json& arguments) {
  const auto id = text_argument(arguments, "id");
  if (!id) return id.error();
  return hardware_json(front_.catalog(), *id);
}

Result<json> Api::estimate_one(const json& scenario) {
  const auto spec = read_scenario(scenario);
  if (!spec) return spec.error();
  const auto answer = front_.estimate(*spec);
  if (!answer) return answer.error();
  return estimate_json(*answer, *spec, {front_.catalog(), front_.measurements(), texts_in(spec->language)});
}

Result<json> Api::estimate(const json& arguments) { return estimate_one(arguments[0]); }

Result<json> Api::estimate_batch(const json& arguments) {
  if (!arguments[0].is_array() || arguments[0].size() > kMostBatch) {
    return Error{ErrorCode::bad_value, "scenarios: " + shown(arguments[0]) +
                                           " was given; allowed is a list of at most " + std::to_string(kMostBatch) +
                                           " scenarios"};
  }
  json out = json::array();
  for (const json& scenario : arguments[0]) {
    auto result = estimate_one(scenario);
    out.push_back(result ? std::move(result).value() : error_json(result.error()));
  }
  return out;
}

Result<json> Api::explain(const json& arguments) {
  const auto spec = read_scenario(arguments[0]);
  if (!spec) return spec.error();
  Trace trace;
  const auto answer = front_.estimate(*spec, &trace);
  if (!answer) return answer.error();
  return explanation_json(*answer, trace, texts_in(spec->language));
}

Result<json> Api::quantizations(const json& arguments) {
  const auto spec = read_scenario(arguments[0]);
  if (!spec) return spec.error();
  const auto rows = front_.quantizations(*spec);
  if (!rows) return rows.error();
  const Texts& texts = texts_in(spec->language);
  return rows_json(*rows, [&](const FormatRow& row) { return row_json(row, texts); });
}

Result<json> Api::draft_models(const json& arguments) {
  auto spec = read_scenario(arguments[0]);
  if (!spec) return spec.error();
  spec->forget_drafts();
  const auto answer = front_.estimate_quickly(*spec);
  if (!answer) return answer.error();
  const auto rows = headroom::draft_models(front_.catalog(), answer->scenario, *answer->model);
  return rows_json(rows, [&](std::size_t index) {
    const ModelEntry& model = front_.catalog().models()[index];
    return json_object({{"id", model.id}, {"name", model.name}, {"total_params", model.total_params}});
  });
}

Result<json> Api::workloads(const json& arguments) {
  const auto spec = read_scenario(arguments[0]);
  if (!spec) return spec.error();
  const auto rows = front_.workloads(*spec);
  if (!rows) return rows.error();
  return rows_json(*rows, [](const WorkloadRow& row) { return row_json(row); });
}

Result<json> Api::rank_models(const json& arguments) {
  const auto spec = read_scenario(arguments[0], {.model = false, .hardware = true});
  if (!spec) return spec.error();
  const auto rows = front_.rank_models(*spec);
  if (!rows) return rows.error();
  return rows_json(*rows, [&](const RankedModel& row) { return row_json(row, front_.catalog()); });
}

Result<json> Api::rank_hardware(const json& arguments) {
  const auto spec = read_scenario(arguments[0], {.model = true, .hardware = false});
  if (!spec) return spec.error();
  const auto rows = front_.rank_hardware(*spec);
  if (!rows) return rows.error();
  return rows_json(*rows, [&](const RankedDevice& row) { return row_json(row, front_.catalog()); });
}

Result<json> Api::upgrades(const json& arguments) {
  const auto spec = read_scenario(arguments[0]);
  if (!spec) return spec.error();
  const auto rows = front_.upgrades(*spec);
  if (!rows) return rows.error();
  const Texts& texts = texts_in(spec->language);
  const json before = to_json(*spec);
  return rows_json(*rows, [&](const Upgrade& row) { return row_json(row, before, texts); });
}

Result<json> Api::scaling(const json& arguments) {
  const auto spec = read_scenario(arguments[0]);
  if (!spec) return spec.error();
  const auto counts = parse_counts(arguments);
  if (!counts) return counts.error();
  const auto rows = front_.scaling(*spec, *counts);
  if (!rows) return rows.error();
  return rows_json(*rows, [](const ScalingRow& row) { return row_json(row); });
}

Result<json> Api::command(const json& arguments) {
  const auto spec = read_scenario(arguments[0]);
  if (!spec) return spec.error();
  const auto answer = front_.estimate(*spec);
  if (!answer) return answer.error();
  json out = json::array();
  for (const Command& command : commands_.of(*answer, front_.catalog())) {
    out.push_back(json_object({{"engine", command.engine}, {"text", command.text}, {"source", command.source}}));
  }
  return out;
}

Result<json> Api::questions(const json& arguments) {
  const auto spec = read_scenario(arguments[0]);
  if (!spec) return spec.error();
  const auto answer = front_.estimate(*spec);
  if (!answer) return answer.error();
  const auto formats = front_.quantizations(*spec);
  if (!formats) return formats.error();
  const auto upgrades = front_.upgrades(*spec);
  if (!upgrades) return upgrades.error();
  const std::vector<NearMeasurement> near =
      near_measurements(front_.measurements(), answer->scenario, front_.catalog(), kMeasurementsOfPair);
  const QuestionFacts facts{*spec, *answer, *formats, *upgrades, near};
  return rows_json(questions_and_answers(front_, facts, texts_in(spec->language)), [](const QuestionAnswer& row) {
    return json_object({{"id", row.id}, {"question", row.question}, {"answer", row.answer}});
  });
}

Result<json> Api::prepare_ranking(const json& arguments) {
  const bool all = arguments.empty() || arguments[0].is_null();
  if (!all && !arguments[0].is_number_unsigned()) {
    return Error{ErrorCode::bad_value, "models: " + shown(arguments[0]) + " was given; allowed is a whole number"};
  }
  return json(front_.prepare_ranking(all ? kAllModels : arguments[0].get<std::size_t>()));
}

Result<json> Api::roofline(const json& arguments) {
  const auto spec = read_scenario(arguments[0]);
  if (!spec) return spec.error();
  const auto machine = front_.roofline(*spec);
  if (!machine) return machine.error();
  return roofline_json(*machine);
}

Result<json> Api::report(const json& arguments) {
  const auto spec = read_scenario(arguments[0]);
  if (!spec) return spec.error();
  const auto wanted = text_argument(json::array({arguments[1]}), "format");
  if (!wanted) return wanted.error();
  if (*wanted != "csv" && *wanted != "markdown") {
    return Error{ErrorCode::bad_value, "format: " + shown(arguments[1]) + " was given; allowed are csv and markdown"};
  }
  const auto answer = front_.estimate(*spec);
  if (!answer) return answer.error();
  const auto formats = front_.quantizations(*spec);
  if (!formats) return formats.error();
  const auto workloads = front_.workloads(*spec);
  if (!workloads) return workloads.error();
  return json(headroom::report(*wanted == "csv" ? ReportFormat::csv : ReportFormat::markdown,
                               {*answer, *formats, *workloads, {}}, front_, texts_in(spec->language)));
}

Result<json> Api::first_scenario(const json& arguments) {
  const json& given = arguments[0];
  const auto text = [&](const char* name) {
    const auto field = given.is_object() ? given.find(name) : given.end();
    return field != given.end() && field->is_string() ? field->get<std::string>() : std::string();
  };
  MachineHints hints{text("renderer"), text("platform"), 0};
  if (given.is_object() && given.contains("memory_gib") && given["memory_gib"].is_number()) {
    hints.memory_gib = given["memory_gib"].get<double>();
  }
  const FirstScenario first = headroom::first_scenario(front_, hints);
  json out = json_object({{"scenario", to_json(first.spec)}, {"recognized", nullptr}});
  if (first.recognized) {
    const Device& device = front_.catalog().devices()[first.recognized->device].device;
    out["recognized"] =
        json_object({{"device", device.id}, {"name", device.name}, {"assumed", first.recognized->assumed}});
  }
  return out;
}

Result<json> Api::encode_link(const json& arguments) {
  const auto spec = read_scenario(arguments[0]);
  if (!spec) return spec.error();
  return json(headroom::encode_link(*spec));
}

Result<json> Api::decode_link(const json& arguments) {
  const auto text = text_argument(arguments, "link");
  if (!text) return text.error();
  const auto spec = headroom::decode_link(*text);
  if (!spec) return spec.error();
  return to_json(*spec);
}

Result<json> Api::read_link(const json& arguments) {
  const auto text = text_argument(arguments, "link");
  if (!text) return text.error();
  const LinkReading reading = headroom::read_link(*text);
  json out = json_object({{"scenario", nullptr}, {"problem", nullptr}});
  if (reading.scenario) out["scenario"] = to_json(*reading.scenario);
  if (reading.problem) out["problem"] = problem_json(*reading.problem);
  return out;
}

Result<json> Api::with_engine(const json& arguments) {
  const auto spec = read_scenario(arguments[0]);
  if (!spec) return spec.error();
  const auto id = text_argument(json::array({arguments[1]}), "engine");
  if (!id) return id.error();
  ScenarioSpec wanted;
  wanted.engine = *id;
  const auto engine = resolve_engine(front_.catalog(), wanted);
  if (!engine) return engine.error();
  return to_json(choose_engine(front_, *spec, (*engine)->id));
}

Result<json> Api::with_model(const json& arguments) {
  const auto spec = read_scenario(arguments[0], {.model = false, .hardware = true});
  if (!spec) return spec.error();
  const auto wanted = read_scenario(json_object({{"model", arguments[1]}}), {.model = true, .hardware = false});
  if (!wanted) return wanted.error();
  if (wanted->custom_model) return to_json(choose_model(front_, *spec, wanted->custom_model));
  const auto model = find_text_model(front_.catalog(), "model", wanted->model);
  if (!model) return model.error();
  return to_json(choose_model(front_, *spec, *model));
}

Result<json> Api::with_device(const json& arguments) {
  const auto spec = read_scenario(arguments[0], {.model = true, .hardware = false});
  if (!spec) return spec.error();
  const auto id = text_argument(json::array({arguments[1]}), "device");
  if (!id) return id.error();
  const auto known = find_device(front_.catalog(), "device", {*id, nullptr, 1});
  if (!known) return known.error();
  return to_json(choose_device(front_, *spec, *front_.catalog().find_device(*id)));
}

Result<json> Api::read_measurement(const json& arguments) {
  const auto text = text_argument(arguments, "text");
  if (!text) return text.error();
  const auto spec = read_scenario(arguments[1]);
  if (!spec) return spec.error();
  const auto own = compare_measurement(front_, *spec, *text);
  if (!own) return own.error();
  if (own->paste.figures.empty()) {
    std::string given = text->empty() ? "nothing" : "no measurement";
    if (!own->paste.not_understood.empty()) {
      const Paste::Line& line = own->paste.not_understood[0];
      given = "line " + std::to_string(line.number) + ", " + shown(json(line.text)) +
              (line.mixed
                   ? ", an average over prompts being read and answers being written, whose lengths it does not tell "
                     "(compare lines with a prompt throughput of 0, or what vllm bench serve prints),"
               : line.idle ? ", which says nothing that an estimate could be compared with,"
                           : ", which was not understood,");
    }
    return Error{ErrorCode::bad_value, "text: " + given +
                                           " was given; allowed are a table or line of llama-bench, a log, "
                                           "timing or benchmark result of llama.cpp, Ollama, LM Studio, MLX, "
                                           "ExLlama, KoboldCpp, vLLM, SGLang or TensorRT-LLM, or what nvidia-smi, "
                                           "rocm-smi or amd-smi prints"};
  }
  json out = own_measurement_json(*own, texts_in(spec->language));
  ScenarioSpec calibrated = *spec;
  if (own->personal) calibrated.personal = own->personal;
  out["scenario"] = to_json(calibrated);
  return out;
}

Result<json> Api::texts(const json& arguments) {
  const auto code = text_argument(arguments, "language");
  if (!code) return code.error();
  if (!parse_language(*code)) {
    return Error{ErrorCode::bad_value, "language: " + shown(arguments[0]) + " was given; allowed are en, es, zh"};
  }
  const Texts& texts = texts_in(*code);
  json out = json::object();
  for (const std::string_view key : texts.keys()) out[std::string(key)] = texts.get(key);
  return out;
}

std::string Api::import_model(std::span<const std::uint8_t> content, std::string_view file_name) {
  const auto model = import_custom_model(content, file_name);
  if (!model) return reply(model.error());
  return reply(parse_or_discard(model->json));
}

}  // namespace headroom
