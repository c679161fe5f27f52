// Fits the factors of every slot to observations: a robust loss on the logarithm of tokens per second, and a Gaussian
// prior around 1 for each factor, which is what shrinks thin groups toward their parents.
#pragma once

#include <array>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "tests/calibration/observation.h"

namespace headroom {

class Fitter {
 public:
  explicit Fitter(std::vector<Observation>& observations);

  using Factors = std::vector<double>;  // natural logarithms, one per parameter

  // Fits to the observations whose `use` is set, starting from the priors.
  [[nodiscard]] Factors fit(const std::vector<char>& use);

  // Whether every fit so far came to an end: an observation without a finite estimate stops the optimizer.
  [[nodiscard]] bool sound() const { return sound_; }

  // Estimated / measured as a natural logarithm.
  [[nodiscard]] double residual(const Factors& factors, std::size_t observation);
  // Of a first token among others: Observation::holds_first_token with these factors.
  [[nodiscard]] bool holds_first_token(const Factors& factors, std::size_t observation, Acquaintance acquaintance);

  struct Parameter {
    Slot slot;
    Level level;
    std::string name;
    double prior_width = 1;
    std::uint32_t rows = 0;  // measurements that depend on it
    // What is said of a whole backend, or of a format on it, needs a few measurements to say it.
    [[nodiscard]] bool is_told() const {
      constexpr std::uint32_t kFew = 3;
      const bool broad = level == Level::backend || level == Level::kernel_kin || level == Level::kernel ||
                         level == Level::kernel_backend;
      return rows >= kFew || !broad;
    }
  };
  [[nodiscard]] const std::vector<Parameter>& parameters() const { return parameters_; }

 private:
  enum class Phase { decode, prefill, all_decode, first_token };
  enum class Loss { convex, fading };
  class Term;
  [[nodiscard]] static bool is_fitted(Slot slot, Phase phase);
  void run(Phase phase, Loss loss, const std::vector<char>& use, Factors& factors);
  [[nodiscard]] Efficiencies efficiencies(const Factors& factors, std::size_t observation) const;

  struct SlotUse {
    Slot slot;
    std::vector<std::size_t> parameters;
    bool sensitive = false;  // the observation's estimate depends on it
  };
  std::vector<Observation>& observations_;
  std::vector<Parameter> parameters_;
  std::vector<std::vector<SlotUse>> uses_;  // per observation
  // What an observation shares with others beyond the factors, and no estimate can know: the build and the machine of
  // its source, the oddities of one model there. Fitted along, and left out of what the fit returns.
  static constexpr std::size_t kShared = 2;
  std::vector<std::array<std::size_t, kShared>> shared_;  // per observation
  std::size_t shared_count_ = 0;
  bool sound_ = true;
};

}  // namespace headroom
