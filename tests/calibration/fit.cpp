#include "tests/calibration/fit.h"

#include <nlopt.h>

#include <cmath>
#include <utility>

namespace headroom {
namespace {

// Typical disagreement of careful measurements of one thing; errors beyond `kOutlier` of them count linearly.
constexpr double kNoise = 0.12;
constexpr double kOutlier = 1.3;
constexpr double kStep = 1e-4;  // of the numerical derivative, in the logarithm

// Smooth Huber loss and its derivative.
std::pair<double, double> robust(double z) {
  const double root = std::sqrt(1 + z * z / (kOutlier * kOutlier));
  return {kOutlier * kOutlier * (root - 1), z / root};
}

bool is_prefill(Slot slot) { return slot >= Slot::prefill_compute; }

}  // namespace

Fitter::Fitter(std::vector<Observation>& observations) : observations_(observations) {
  std::map<std::tuple<Slot, Level, std::string>, std::size_t> index;
  for (Observation& observation : observations_) {
    std::vector<SlotUse> uses;
    Efficiencies prior;
    for (std::size_t i = 0; i < kSlots; ++i) prior.value[i] = slot_prior(static_cast<Slot>(i));
    const double base = observation.log_estimated(prior);
    for (std::size_t i = 0; i < kSlots; ++i) {
      SlotUse use;
      use.slot = static_cast<Slot>(i);
      Efficiencies nudged = prior;
      nudged.value[i] *= 1.3;
      use.sensitive = std::fabs(observation.log_estimated(nudged) - base) > 1e-9;
      for (const SlotLevel& level : slot_levels(use.slot)) {
        const std::string& name = observation.subject.names[static_cast<std::size_t>(level.level)];
        const auto [it, is_new] = index.try_emplace({use.slot, level.level, name}, parameters_.size());
        if (is_new) parameters_.push_back({use.slot, level.level, name, level.prior_width, 0});
        use.parameters.push_back(it->second);
        if (use.sensitive) parameters_[it->second].rows += observation.row->repeats;
      }
      uses.push_back(std::move(use));
    }
    uses_.push_back(std::move(uses));
  }
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

struct Fitter::Problem {
  Fitter* fitter;
  Phase phase;
  const std::vector<char>* use;
  Factors factors;                // all of them
  std::vector<std::size_t> free;  // parameters being fitted
  std::vector<double> slope;      // scratch, per parameter
};

bool Fitter::belongs(Phase phase, const Observation& observation) const {
  switch (phase) {
    case Phase::decode: return observation.row->kind == MeasuredKind::decode;
    case Phase::prefill: return observation.row->kind == MeasuredKind::prefill;
    case Phase::all_decode: return observation.row->kind != MeasuredKind::prefill;
  }
  return false;
}

double Fitter::objective(unsigned count, const double* scaled, double* gradient, void* data) {
  Problem& problem = *static_cast<Problem*>(data);
  Fitter& self = *problem.fitter;
  double cost = 0;
  for (unsigned i = 0; i < count; ++i) {
    const std::size_t p = problem.free[i];
    problem.factors[p] = scaled[i] * self.parameters_[p].prior_width;
    cost += 0.5 * scaled[i] * scaled[i];
  }
  problem.slope.assign(self.parameters_.size(), 0);
  for (std::size_t o = 0; o < self.observations_.size(); ++o) {
    Observation& observation = self.observations_[o];
    if ((*problem.use)[o] == 0 || !self.belongs(problem.phase, observation)) continue;
    Efficiencies e = self.efficiencies(problem.factors, o);
    const double estimated = observation.log_estimated(e);
    const auto [loss, slope] = robust((estimated - observation.log_measured()) / kNoise);
    cost += observation.weight * loss;
    if (gradient == nullptr) continue;
    for (const SlotUse& use : self.uses_[o]) {
      if (!use.sensitive || is_prefill(use.slot) != (problem.phase == Phase::prefill)) continue;
      double& value = e.value[static_cast<std::size_t>(use.slot)];
      const double kept = value;
      value = kept * std::exp(kStep);
      const double change = (observation.log_estimated(e) - estimated) / kStep;
      value = kept;
      for (const std::size_t p : use.parameters) problem.slope[p] += observation.weight * slope / kNoise * change;
    }
  }
  if (gradient != nullptr) {
    for (unsigned i = 0; i < count; ++i) {
      const std::size_t p = problem.free[i];
      gradient[i] = scaled[i] + problem.slope[p] * self.parameters_[p].prior_width;
    }
  }
  return cost;
}

void Fitter::run(Phase phase, const std::vector<char>& use, Factors& factors) {
  Problem problem{this, phase, &use, factors, {}, {}};
  std::vector<char> touched(parameters_.size(), 0);
  for (std::size_t o = 0; o < observations_.size(); ++o) {
    if (use[o] == 0 || !belongs(phase, observations_[o])) continue;
    for (const SlotUse& slot : uses_[o]) {
      if (!slot.sensitive || is_prefill(slot.slot) != (phase == Phase::prefill)) continue;
      for (const std::size_t p : slot.parameters) touched[p] = 1;
    }
  }
  for (std::size_t p = 0; p < parameters_.size(); ++p) {
    const bool of_phase = is_prefill(parameters_[p].slot) == (phase == Phase::prefill);
    if (touched[p] != 0) {
      problem.free.push_back(p);
    } else if (of_phase) {
      problem.factors[p] = 0;  // nothing measured speaks for it
    }
  }
  std::vector<double> scaled;
  for (const std::size_t p : problem.free) scaled.push_back(problem.factors[p] / parameters_[p].prior_width);
  nlopt_opt optimizer = nlopt_create(NLOPT_LD_LBFGS, static_cast<unsigned>(scaled.size()));
  nlopt_set_min_objective(optimizer, objective, &problem);
  nlopt_set_vector_storage(optimizer, 30);
  nlopt_set_ftol_rel(optimizer, 1e-6);
  nlopt_set_maxeval(optimizer, 400);
  double cost = 0;
  nlopt_optimize(optimizer, scaled.data(), &cost);
  nlopt_destroy(optimizer);
  factors = problem.factors;
  for (std::size_t i = 0; i < scaled.size(); ++i) {
    factors[problem.free[i]] = scaled[i] * parameters_[problem.free[i]].prior_width;
  }
}

Fitter::Factors Fitter::fit(const std::vector<char>& use, const Factors& start) {
  Factors factors = start.empty() ? Factors(parameters_.size(), 0.0) : start;
  // Prefill needs the effective bandwidth that decode gives, and what is served needs both.
  run(Phase::decode, use, factors);
  run(Phase::prefill, use, factors);
  run(Phase::all_decode, use, factors);
  return factors;
}

}  // namespace headroom
