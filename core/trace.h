// The derivation of a number. The functions that compute take a `Trace*`; with nullptr they record nothing and cost
// nothing, so that an explanation is never a second implementation.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace headroom {

// Sources that are no document: keys of texts.
inline constexpr const char* kAskedSource = "source.asked";          // the scenario, or the engine's default
inline constexpr const char* kPlannerSource = "source.planner";      // llama.cpp's allocator, as tests/truth has it
inline constexpr const char* kAboveSource = "source.above";          // what stands above in the derivation
inline constexpr const char* kPlacementSource = "source.placement";  // how the engine divides the model
// The engine's share of a device, the platform's limit, the driver and the desktop
inline constexpr const char* kPlatformSource = "source.platform";
inline constexpr const char* kDesktopSource = "source.desktop";
inline constexpr const char* kCalibrationSource = "data/calibration.json";

// Where the facts of a scenario come from.
struct TraceSources {
  std::string model, host;
  std::vector<std::string> devices;  // parallel to System::devices
};

// One step: a leaf is a sourced fact, an inner node a formula over its inputs.
struct TraceNode {
  std::string label;  // what this number is: "KV cache", "attn_k, 32 layers"
  double value = 0;
  std::string unit;     // "bytes", "s", "tok/s", "GB/s", "tokens", "" for a plain count
  std::string formula;  // in words and symbols: "cells x streams x (K row + V row)"
  std::string source;   // a document, an engine's rule, a measurement set; empty for an intermediate result
  std::vector<TraceNode> inputs;
};

// Builds a tree by nesting: open() a formula, note() its facts, close() it with the result.
class Trace {
 public:
  Trace() { stack_.push_back(&root_); }
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  void open(std::string label, std::string formula, std::string source = {}) {
    TraceNode node;
    node.label = std::move(label);
    node.formula = std::move(formula);
    node.source = std::move(source);
    // The parent's vector may grow only while the parent is on top, so the pointers on the stack stay valid.
    stack_.back()->inputs.push_back(std::move(node));
    stack_.push_back(&stack_.back()->inputs.back());
  }
  void close(double value, std::string unit) {
    stack_.back()->value = value;
    stack_.back()->unit = std::move(unit);
    if (stack_.size() > 1) stack_.pop_back();
  }
  void note(std::string label, double value, std::string unit, std::string source = {}) {
    TraceNode node;
    node.label = std::move(label);
    node.value = value;
    node.unit = std::move(unit);
    node.source = std::move(source);
    stack_.back()->inputs.push_back(std::move(node));
  }
  // A fact of the scenario's own, of the model, of a device, of the calibration.
  void asked(std::string label, double value, std::string unit = {}) {
    note(std::move(label), value, std::move(unit), kAskedSource);
  }
  void of_model(std::string label, double value, std::string unit = {}) {
    note(std::move(label), value, std::move(unit), sources_.model);
  }
  void of_device(std::size_t device, std::string label, double value, std::string unit = {}) {
    std::string source = device < sources_.devices.size() ? sources_.devices[device] : std::string();
    note(std::move(label), value, std::move(unit), std::move(source));
  }
  void fitted(std::string label, double value, std::string unit = {}) {
    note(std::move(label), value, std::move(unit), kCalibrationSource);
  }
  void cite(TraceSources sources) { sources_ = std::move(sources); }
  [[nodiscard]] const TraceSources& sources() const { return sources_; }
  [[nodiscard]] const TraceNode& root() const { return root_; }
  [[nodiscard]] TraceNode& root() { return root_; }

 private:
  TraceNode root_;
  TraceSources sources_;
  std::vector<TraceNode*> stack_;
};

}  // namespace headroom
