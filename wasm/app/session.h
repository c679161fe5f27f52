// What the application knows between frames: the facts, the scenario under way, and the answers to it, each computed
// when first looked at and kept until the scenario changes. Actions are the only way to change the scenario.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/catalog/catalog.h"
#include "core/catalog/command.h"
#include "core/catalog/first_scenario.h"
#include "core/catalog/front.h"
#include "core/catalog/kernels.h"
#include "core/catalog/measurements.h"
#include "core/catalog/model_filters.h"
#include "core/catalog/questions.h"
#include "core/catalog/report.h"
#include "core/catalog/scenario_spec.h"
#include "core/catalog/texts.h"
#include "core/trace.h"
#include "wasm/app/widgets/picker.h"

namespace headroom {

// The scenario with another number of its device.
struct ScaledAnswer {
  std::uint32_t count = 1;
  ScenarioSpec scenario;
  Estimate estimate;
};

class Session {
 public:
  Session(Front& front, Language language);

  [[nodiscard]] const Catalog& catalog() const { return catalog_; }
  [[nodiscard]] Front& front() { return front_; }

  // --- the scenario ---
  [[nodiscard]] const ScenarioSpec& scenario() const { return spec_; }
  [[nodiscard]] std::uint64_t revision() const { return revision_; }  // grows with every change
  using Edit = std::function<void(ScenarioSpec&)>;
  void change(const Edit& edit);
  void replace(ScenarioSpec spec);
  // Drops all options but model and device; where those do not go together, back to the first scenario.
  void reset_choices();
  // Choices that change others: a format or cache type that the engine cannot run is dropped.
  void choose_model(std::size_t model);
  void use_custom_model(std::shared_ptr<const CustomModel> model);
  void choose_device(std::size_t device);
  void add_device(std::size_t device);  // beside those that are there
  void choose_engine(std::string_view id);
  void choose_format(std::string_view id);  // of those its engine runs
  // Starts over on the machine that a browser describes.
  void open_on(const MachineHints& hints);
  // How the device was found, while it is still the one.
  [[nodiscard]] std::optional<RecognizedDevice> recognized() const;

  // --- answers to it; empty where answer() is an error ---
  [[nodiscard]] const Result<Answer>& answer();
  [[nodiscard]] const std::vector<FormatRow>& formats();
  [[nodiscard]] const std::vector<WorkloadRow>& workloads();
  // The slowest of the answers. With `fresh` false, while a slider is moving, those of the last time.
  [[nodiscard]] const std::vector<Upgrade>& upgrades(bool fresh);
  // With one, two, four and eight of the device in one machine; empty for a device that cannot be multiplied.
  [[nodiscard]] const std::vector<ScaledAnswer>& scaling(bool fresh);
  [[nodiscard]] const std::vector<CurvePoint>& decode_curve();
  [[nodiscard]] const std::vector<CurvePoint>& ttft_curve();
  [[nodiscard]] const MachineRoofline& roofline();
  [[nodiscard]] const std::vector<Command>& commands();
  // `fresh` as for upgrades(), which one of the answers needs.
  [[nodiscard]] const std::vector<QuestionAnswer>& questions(bool fresh);
  // Draft models for this model, best first.
  struct Drafts {
    std::vector<std::size_t> models;  // in Catalog::models()
    PickerList list;                  // a row for each
  };
  [[nodiscard]] const Drafts& drafts();
  // Public measurements of this model on this device, nearest first.
  [[nodiscard]] const std::vector<NearMeasurement>& measurements();
  [[nodiscard]] std::string answer_as_json();  // what the API gives; empty when there is no answer
  [[nodiscard]] std::string report_as(ReportFormat format, std::string_view link);  // likewise
  [[nodiscard]] const TraceNode& derivation();
  // The derivation of a scenario that is not the present one: a row of a table.
  [[nodiscard]] std::unique_ptr<Trace> derivation_of(const ScenarioSpec& spec);
  // Every model for this hardware; null while the table is being prepared. Call prepare_ranking() each frame until
  // then.
  [[nodiscard]] const std::vector<RankedModel>* ranking();
  // Does a part of the work; true when there is more.
  bool prepare_ranking();

  // --- words ---
  [[nodiscard]] const Texts& texts() const { return texts_; }
  void set_language(Language language);
  [[nodiscard]] const PickerList& model_list();
  [[nodiscard]] const PickerList& device_list();
  [[nodiscard]] const PickerList& host_list();                // rows as Catalog::hosts()
  [[nodiscard]] const std::vector<KernelPackage>& kernels();  // those that can be switched on by name
  [[nodiscard]] const ModelFilters& model_filters();
  [[nodiscard]] const PickerList& link_list();  // rows as Catalog::links(), after one for the automatic choice
  [[nodiscard]] std::optional<std::size_t> model_of_row(std::size_t row) const;
  [[nodiscard]] std::optional<std::size_t> model_index() const { return catalog_.find_model(spec_.model); }
  [[nodiscard]] std::optional<std::size_t> device_index() const {
    return catalog_.find_device(spec_.hardware.device.id);
  }
  // Row of the model in model_list(), which leaves out what the estimator has no answer for.
  [[nodiscard]] std::optional<std::size_t> row_of_model(std::size_t model) const;
  // What a model of model_list() is found by; nothing for others.
  [[nodiscard]] const SearchKey& search_key_of(std::size_t model);

 private:
  // A value and the revision it was computed for.
  template <class T>
  struct Kept {
    std::uint64_t revision = 0;
    T value{};
  };
  template <class T, class Make>
  const T& keep(Kept<T>& kept, const Make& make);
  // "27.4 B", of experts with what is active.
  [[nodiscard]] std::string size_of(const ModelEntry& model) const;
  // The scenario as the ranking asks it: any model in any format of the engine at hand.
  [[nodiscard]] ScenarioSpec ranked() const;

  const Catalog& catalog_;
  Front& front_;
  ScenarioSpec spec_;
  std::uint64_t revision_ = 1;
  std::optional<RecognizedDevice> recognized_;
  Texts texts_;
  CommandTemplates command_templates_;

  std::uint64_t answered_ = 0;
  std::optional<Result<Answer>> answer_;
  Kept<std::vector<FormatRow>> formats_;
  Kept<std::vector<WorkloadRow>> workloads_;
  Kept<std::vector<Upgrade>> upgrades_;
  Kept<std::vector<ScaledAnswer>> scaling_;
  Kept<std::vector<CurvePoint>> decode_curve_, ttft_curve_;
  Kept<MachineRoofline> roofline_;
  Kept<std::vector<Command>> commands_;
  Kept<std::vector<QuestionAnswer>> questions_;
  Kept<std::vector<NearMeasurement>> measurements_;
  Kept<Drafts> drafts_;
  Kept<std::unique_ptr<Trace>> derivation_;
  bool ranking_prepared_ = false;
  std::uint64_t ranking_checked_ = 0;
  std::string ranked_key_;
  std::vector<RankedModel> ranking_;

  PickerList models_, devices_, hosts_, links_;
  std::optional<std::vector<KernelPackage>> kernels_;
  std::optional<ModelFilters> model_filters_;
  std::vector<std::size_t> model_rows_;  // row of model_list() -> model
  std::vector<std::int32_t> rows_of_models_;
};

}  // namespace headroom
