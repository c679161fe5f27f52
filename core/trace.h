// The derivation of a number. The functions that compute take a `Trace*`; with nullptr they record nothing and cost
// nothing, so that an explanation is never a second implementation.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace headroom {

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
  [[nodiscard]] const TraceNode& root() const { return root_; }
  [[nodiscard]] TraceNode& root() { return root_; }

 private:
  TraceNode root_;
  std::vector<TraceNode*> stack_;
};

}  // namespace headroom
