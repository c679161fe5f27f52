#include "tests/calibration/fit.h"

#include <ceres/ceres.h>

#include <cmath>
#include <memory>
#include <utility>

namespace headroom {
namespace {

// Typical disagreement of careful measurements of one thing.
constexpr double kNoise = 0.12;
// In units of it. Rows of a throttled machine or an old build miss by ten times the noise and come in dozens: their
// pull has to fade with the distance (Cauchy), from a start that a convex loss found.
constexpr double kConvexOutlier = 1.3;
constexpr double kOutlier = 1.2;
constexpr double kStep = 1e-4;  // of the numerical derivative, in the logarithm
constexpr int kThreads = 1;     // more would add in another order, and the fit would not repeat to the bit
constexpr int kMostIterations = 40;
constexpr double kTolerance = 1e-5;  // relative change of the cost at which the fit has converged

bool is_prefill(Slot slot) { return slot >= Slot::prefill_compute; }

// Widths (in the logarithm) of what the rows of one source and machine share, and those of one model on it.
constexpr std::array<double, 2> kSharedWidth = {0.03, 0.15};

// The whole time of one request alone whose prompt is many times its answer: servers' long prompts are known from
// little else.
bool is_mostly_prompt(const MeasuredRow& row) {
  constexpr std::uint32_t kMany = 8;
  return row.wall && row.concurrency <= 1 && row.prompt >= kMany * row.output;
}

// A factor in units of its prior's width.
struct Prior final : ceres::SizedCostFunction<1, 1> {
  bool Evaluate(double const* const* parameters, double* residuals, double** jacobians) const override {
    residuals[0] = parameters[0][0];
    if (jacobians != nullptr && jacobians[0] != nullptr) jacobians[0][0] = 1;
    return true;
  }
};

}  // namespace

Fitter::Fitter(std::vector<Observation>& observations) : observations_(observations) {
  std::map<std::tuple<Slot, Level, std::string>, std::size_t> index;
  std::map<std::string, std::size_t> shared_index;
  for (Observation& observation : observations_) {
    std::vector<SlotUse> uses;
    const Efficiencies prior = Calibration().resolve({});
    const double base = observation.log_estimated(prior);
    for (std::size_t i = 0; i < kSlots; ++i) {
      SlotUse use;
      use.slot = static_cast<Slot>(i);
      Efficiencies nudged = prior;
      nudged.value[i] *= 1.3;
      use.sensitive = std::fabs(observation.log_estimated(nudged) - base) > 1e-9;
      for (const SlotLevel& level : slot_levels(use.slot)) {
        const std::string& name = observation.subject.names[static_cast<std::size_t>(level.level)];
        if (name.empty() && level.level != Level::global) continue;
        const auto [it, is_new] = index.try_emplace({use.slot, level.level, name}, parameters_.size());
        if (is_new) parameters_.push_back({use.slot, level.level, name, level.prior_width, 0});
        use.parameters.push_back(it->second);
        if (use.sensitive) parameters_[it->second].rows += observation.row->repeats;
      }
      uses.push_back(std::move(use));
    }
    uses_.push_back(std::move(uses));

    const MeasuredRow& row = *observation.row;
    const std::string machine = row.source + '|' + row.device + '|' + row.backend + '|' + row.engine + '|' +
                                std::to_string(static_cast<int>(row.kind));
    const std::string run = machine + '|' + row.model + '|' + row.format;
    std::array<std::size_t, kShared> shared{};
    std::size_t next = 0;
    for (const std::string& name : {machine, run}) {
      shared[next++] = shared_index.try_emplace(name, shared_index.size()).first->second;
    }
    shared_.push_back(shared);
  }
  shared_count_ = shared_index.size();
}

Efficiencies Fitter::efficiencies(const Factors& factors, std::size_t observation) const {
  Efficiencies result;
  for (const SlotUse& use : uses_[observation]) {
    double log_value = 0;
    for (const std::size_t p : use.parameters) log_value += factors[p];
    result.value[static_cast<std::size_t>(use.slot)] = slot_prior(use.slot) * std::exp(log_value);
  }
  return result;
}

double Fitter::residual(const Factors& factors, std::size_t observation) {
  return observations_[observation].log_estimated(efficiencies(factors, observation)) -
         observations_[observation].log_measured();
}

bool Fitter::holds_first_token(const Factors& factors, std::size_t observation, Acquaintance acquaintance) {
  return observations_[observation].holds_first_token(efficiencies(factors, observation), acquaintance);
}

bool Fitter::is_fitted(Slot slot, Phase phase) {
  if (slot == Slot::together || phase == Phase::first_token) {
    return slot == Slot::together && phase == Phase::first_token;
  }
  return is_prefill(slot) == (phase == Phase::prefill);
}

// The misfit of one observation, as a function of the factors that a phase fits.
class Fitter::Term final : public ceres::CostFunction {
 public:
  // `fixed` holds the factors the phase leaves alone.
  Term(const Fitter& fitter, std::size_t observation, Phase phase, const Factors& fixed)
      : observation_(fitter.observations_[observation]), base_(fitter.efficiencies(fixed, observation)) {
    set_num_residuals(1);
    for (const SlotUse& use : fitter.uses_[observation]) {
      if (!use.sensitive || !is_fitted(use.slot, phase)) continue;
      slots_.push_back(use);
      for (const std::size_t p : use.parameters) {
        widths_.push_back(fitter.parameters_[p].prior_width);
        mutable_parameter_block_sizes()->push_back(1);
      }
    }
    for (std::size_t i = 0; i < kShared; ++i) mutable_parameter_block_sizes()->push_back(1);
  }

  bool Evaluate(double const* const* parameters, double* residuals, double** jacobians) const override {
    Efficiencies e = base_;
    std::size_t next = 0;
    for (const SlotUse& use : slots_) {
      double log_value = 0;
      for (std::size_t i = 0; i < use.parameters.size(); ++i, ++next) {
        log_value += parameters[next][0] * widths_[next];
      }
      e.value[static_cast<std::size_t>(use.slot)] = slot_prior(use.slot) * std::exp(log_value);
    }
    const double estimated = observation_.log_estimated(e);
    double shared = 0;
    for (std::size_t i = 0; i < kShared; ++i) shared += parameters[next + i][0] * kSharedWidth[i];
    residuals[0] = (estimated + shared - observation_.log_measured()) / kNoise;
    if (!std::isfinite(residuals[0])) return false;
    if (jacobians == nullptr) return true;
    for (std::size_t i = 0; i < kShared; ++i) {
      if (jacobians[next + i] != nullptr) jacobians[next + i][0] = kSharedWidth[i] / kNoise;
    }
    next = 0;
    for (const SlotUse& use : slots_) {
      double& value = e.value[static_cast<std::size_t>(use.slot)];
      const double kept = value;
      value = kept * std::exp(kStep);
      const double change = (observation_.log_estimated(e) - estimated) / kStep / kNoise;
      value = kept;
      for (std::size_t i = 0; i < use.parameters.size(); ++i, ++next) {
        if (jacobians[next] != nullptr) jacobians[next][0] = change * widths_[next];
      }
    }
    return true;
  }

  [[nodiscard]] const std::vector<SlotUse>& slots() const { return slots_; }

 private:
  Observation& observation_;  // its profile is scratch, and no two terms share it
  Efficiencies base_;
  std::vector<SlotUse> slots_;
  std::vector<double> widths_;
};

void Fitter::run(Phase phase, Loss loss, const std::vector<char>& use, Factors& factors) {
  const auto belongs = [phase](const Observation& observation) {
    const MeasuredKind kind = observation.row->kind;
    if (kind == MeasuredKind::first_token || phase == Phase::first_token) {
      return kind == MeasuredKind::first_token && phase == Phase::first_token;
    }
    if (phase == Phase::all_decode) return kind != MeasuredKind::prefill;
    if (phase == Phase::prefill && is_mostly_prompt(*observation.row)) return true;
    return kind == (phase == Phase::prefill ? MeasuredKind::prefill : MeasuredKind::decode);
  };
  std::vector<double> scaled(parameters_.size());
  for (std::size_t p = 0; p < parameters_.size(); ++p) scaled[p] = factors[p] / parameters_[p].prior_width;
  std::vector<double> shared(shared_count_, 0.0);
  std::vector<char> touched(parameters_.size(), 0);
  ceres::Problem problem;
  for (std::size_t o = 0; o < observations_.size(); ++o) {
    if (use[o] == 0 || !belongs(observations_[o])) continue;
    auto term = std::make_unique<Term>(*this, o, phase, factors);
    std::vector<double*> blocks;
    for (const SlotUse& slot : term->slots()) {
      for (const std::size_t p : slot.parameters) {
        touched[p] = 1;
        blocks.push_back(&scaled[p]);
      }
    }
    for (const std::size_t i : shared_[o]) blocks.push_back(&shared[i]);
    std::unique_ptr<ceres::LossFunction> robust;
    if (loss == Loss::convex) {
      robust = std::make_unique<ceres::SoftLOneLoss>(kConvexOutlier);
    } else {
      robust = std::make_unique<ceres::CauchyLoss>(kOutlier);
    }
    auto weighted =
        std::make_unique<ceres::ScaledLoss>(robust.release(), observations_[o].weight, ceres::TAKE_OWNERSHIP);
    problem.AddResidualBlock(term.release(), weighted.release(), blocks);
  }
  for (std::size_t p = 0; p < parameters_.size(); ++p) {
    if (touched[p] == 0) continue;
    if (parameters_[p].is_told()) {
      problem.AddResidualBlock(std::make_unique<Prior>().release(), nullptr, &scaled[p]);
    } else {
      problem.SetParameterBlockConstant(&scaled[p]);  // 1 from the start
    }
  }
  for (double& value : shared) {
    if (problem.HasParameterBlock(&value))
      problem.AddResidualBlock(std::make_unique<Prior>().release(), nullptr, &value);
  }
  ceres::Solver::Options options;
  options.linear_solver_type = ceres::SPARSE_NORMAL_CHOLESKY;
  options.num_threads = kThreads;
  options.max_num_iterations = kMostIterations;
  options.function_tolerance = kTolerance;
  options.logging_type = ceres::SILENT;
  ceres::Solver::Summary summary;
  ceres::Solve(options, &problem, &summary);
  sound_ = sound_ && summary.IsSolutionUsable();
  for (std::size_t p = 0; p < parameters_.size(); ++p) {
    if (touched[p] != 0) {
      factors[p] = scaled[p] * parameters_[p].prior_width;
    } else if (is_fitted(parameters_[p].slot, phase)) {
      factors[p] = 0;  // nothing measured speaks for it
    }
  }
}

Fitter::Factors Fitter::fit(const std::vector<char>& use) {
  Factors factors(parameters_.size(), 0.0);
  for (const Loss loss : {Loss::convex, Loss::fading}) {
    // Prefill needs the effective bandwidth that decode gives, and what is served needs both.
    run(Phase::decode, loss, use, factors);
    run(Phase::prefill, loss, use, factors);
    run(Phase::all_decode, loss, use, factors);
    // First tokens among others tell nothing but how they wait.
    run(Phase::first_token, loss, use, factors);
  }
  return factors;
}

}  // namespace headroom
