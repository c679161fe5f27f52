// Arithmetic in the facts: sizes that no table of shapes gives ("L*(2*h*256+h)") stand there as a formula over named
// dimensions and are evaluated when the facts are read.
#pragma once

#include <span>
#include <string_view>

#include "core/result.h"

namespace headroom {

struct FormulaSymbol {
  std::string_view name;
  double value = 0;
};

// Evaluates + - * / (exact), unary minus, parentheses and decimal numbers. Whole results up to 2^53 are exact.
// Errors (bad_value): anything else, an unknown symbol, a division by zero, nesting beyond 64.
[[nodiscard]] Result<double> evaluate_formula(std::string_view text, std::span<const FormulaSymbol> symbols);

}  // namespace headroom
