// The cards of the input column, shared by the screens: hardware, model, format and context, engine and workload.
#pragma once

#include <cstdint>

#include "wasm/app/screen.h"
#include "wasm/app/session.h"
#include "wasm/app/widgets/picker.h"

namespace headroom {

// Which answers are beside the inputs: that of one model, or those of all models, any of which may need the host.
enum class Asked : std::uint8_t { one_model, all_models };

// The host around the devices; shown where its memory matters.
class HostInput {
 public:
  void draw(ScreenContext& context, Flow& body, Asked asked);

 private:
  Picker picker_;
};

class HardwareInput {
 public:
  // Draws into a card that has already begun.
  void draw(ScreenContext& context, Flow& body, Asked asked);
  // How the page came to the device it opened on, with a way to another, while that is the one. draw() shows it where
  // the inputs are in sight from the beginning.
  void draw_recognized(ScreenContext& context, Flow& flow);

 private:
  static void draw_joined(ScreenContext& context, Flow& body);
  void draw_others(ScreenContext& context, Flow& body);
  Picker picker_, recognized_picker_, other_picker_;
  HostInput host_;
};

class ModelInput {
 public:
  void draw(ScreenContext& context, Flow& body);

 private:
  Picker picker_;
};

class FormatInput {
 public:
  void draw(ScreenContext& context, Flow& body);

 private:
  void draw_formats(ScreenContext& context, Flow& body);
  void draw_context(ScreenContext& context, Flow& body);
  void draw_kv(ScreenContext& context, Flow& body);
  Picker picker_;
  PickerList all_formats_;
  std::vector<const Format*> listed_;
  bool editing_context_ = false;
  bool editing_begins_ = false;
  std::string typed_context_;
};

// What engines decide by themselves unless told: backend, division over devices, what stays in system memory, what is
// loaded beside the model. Closed until a person asks for it or the scenario holds such a choice.
class OptionsInput {
 public:
  void draw(ScreenContext& context, Flow& flow);

 private:
  bool open_ = false;
  Picker interconnect_, host_link_, draft_;
};

void draw_engine_input(ScreenContext& context, Flow& body);
void draw_workload_input(ScreenContext& context, Flow& body);
void draw_mode_input(ScreenContext& context, Flow& body);
void draw_parallel_input(ScreenContext& context, Flow& body);

// "1× GeForce RTX 4090" and "Qwen3.6 27B · Q4_K_M · 8K": the inputs in short.
[[nodiscard]] std::string hardware_summary(ScreenContext& context);
[[nodiscard]] std::string model_summary(ScreenContext& context);

}  // namespace headroom
