// Hyper-parameters of a GGUF header: the keys "<architecture>.<name>", with their types and ranges checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/catalog/import/gguf.h"
#include "core/result.h"

namespace headroom {

// The first problem met is remembered and every later read still answers, so that a caller reads all it needs and
// asks for the problem once.
class GgufKeys {
 public:
  GgufKeys(const GgufHeader& header, std::string architecture);

  [[nodiscard]] bool has(std::string_view name) const;
  // A whole number; `fallback` when absent. A list where a number is expected, a wrong type or more than `limit` is a
  // problem.
  std::uint32_t number(std::string_view name, std::uint32_t fallback, std::uint32_t limit);
  // One number per layer: a list with at least `layers` elements, or one number for all.
  std::vector<std::uint32_t> per_layer(std::string_view name, std::uint32_t layers, std::uint32_t fallback,
                                       std::uint32_t limit);
  [[nodiscard]] bool is_list(std::string_view name) const;

  void report(std::string message);
  [[nodiscard]] const Status& problem() const { return problem_; }

 private:
  [[nodiscard]] const GgufValue* find(std::string_view name) const;
  std::uint32_t checked(std::string_view name, std::int64_t value, std::uint32_t limit);

  const GgufHeader& header_;
  std::string prefix_;
  Status problem_;
};

// Bounds of what a model can credibly state; far above every published one.
inline constexpr std::uint32_t kMaxLayers = 1024;
inline constexpr std::uint32_t kMaxWidth = 1U << 22U;  // hidden, feed-forward, inner sizes
inline constexpr std::uint32_t kMaxHeads = 1U << 16U;
inline constexpr std::uint32_t kMaxExperts = 1U << 16U;
inline constexpr std::uint32_t kMaxVocab = 1U << 26U;
inline constexpr std::uint32_t kMaxTokens = 1U << 30U;  // context, windows

}  // namespace headroom
