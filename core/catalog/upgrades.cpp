// What to change or buy: each candidate is the scenario with one change, estimated like any other.
#include <algorithm>
#include <bit>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/catalog/engine_choice.h"
#include "core/catalog/front.h"
#include "core/catalog/names.h"
#include "core/catalog/number_format.h"
#include "core/stable_sort.h"

namespace headroom {
namespace {

constexpr double kWorthwhileSpeed = 1.15;         // a change that only speeds up must do so by this factor
constexpr double kWorthwhileEngine = 1.3;         // another engine, which is more of a change, by this
constexpr double kWorthwhileContext = 1.25;       // one that only lengthens the safe context, by this
constexpr double kSlowerAccepted = 0.5;           // of prefill that ran before, for what is free: slower is no upgrade
constexpr std::size_t kMostDevices = 6;           // devices shown
constexpr std::uint32_t kMostCards = 8;           // in one machine
constexpr std::uint32_t kMostServed = 16;         // in the two servers that a layout is known for
constexpr double kLossAccepted = 0.05;            // of quality, for a smaller format to be offered
constexpr double kLossOnTheWay = 0.01;            // what comes with another change
constexpr Bytes kLeastHostMemory = gibibytes(1);  // offered: none doubled is still none
constexpr Bytes kMostHostMemory = gibibytes(1024);

struct Before {
  FitStatus fit = FitStatus::does_not_fit;
  double decode = 0, prefill = 0;
  std::uint32_t safe_context = 0;
};

Before measure(const Estimate& estimate) {
  Before before;
  before.fit = estimate.placement.status;
  before.safe_context = estimate.placement.safe_context;
  if (estimate.speed.known && before.fit != FitStatus::does_not_fit) {
    before.decode = estimate.speed.decode_tok_s.p50;
    before.prefill = estimate.speed.prefill_tok_s.p50;
  }
  return before;
}

double ratio(double after, double before) { return before > 0 && after > 0 ? after / before : 0; }

bool fits(FitStatus status) { return status <= FitStatus::tight; }

// Nobody pays for a slower machine; what costs nothing may be a little slower where it makes a model fit.
bool helps(const Before& before, const Before& after, bool free) {
  if (after.fit == FitStatus::does_not_fit || after.fit > before.fit) return false;
  if (after.decode < (free ? before.decode / kWorthwhileSpeed : before.decode)) return false;
  if (after.prefill < (free ? before.prefill * kSlowerAccepted : before.prefill / kWorthwhileSpeed)) return false;
  if (!fits(before.fit) && fits(after.fit)) return true;
  if (before.fit == FitStatus::does_not_fit) return true;
  return after.decode > before.decode * kWorthwhileSpeed ||
         (after.safe_context > before.safe_context * kWorthwhileContext &&
          after.decode >= before.decode / kWorthwhileSpeed);
}

MessageArg count_arg(std::string_view name, double value) { return {name, MessageArg::Kind::count, value, {}}; }

bool is_placed_by_hand(const ScenarioSpec& spec) {
  return spec.gpu_layers != kAuto || spec.cpu_moe_layers != kAuto || spec.kv_on_host ||
         spec.split != Split::automatic || spec.tensor_parallel || spec.pipeline_parallel || spec.data_parallel ||
         spec.context_parallel;
}

ScenarioSpec placed_anew(ScenarioSpec spec) {
  spec.forget_layers();
  spec.kv_on_host = false;
  spec.split = Split::automatic;
  spec.forget_ranks();
  return spec;
}

// What leaves placement to the engine is compared with what that does for nothing.
bool places_anew(UpgradeKind kind) {
  return kind == UpgradeKind::backend || kind == UpgradeKind::engine || kind == UpgradeKind::fewer_devices ||
         kind == UpgradeKind::more_devices || kind == UpgradeKind::other_device;
}

// Finds the candidates of one kind each and keeps those that help.
class UpgradeFinder {
 public:
  UpgradeFinder(Front& front, const ScenarioSpec& spec, const Answer& answer)
      : front_(front),
        spec_(spec),
        answer_(answer),
        runs_nowhere_(!engine_runs(answer.scenario)),
        before_(runs_nowhere_ ? Before{} : measure(answer.estimate)),
        anew_(before_) {}

  std::vector<Upgrade> find() {
    placement();
    sequences();
    formats();
    kv_cache();
    copies();
    // What a person measured is of one engine and backend, and compares with no other's estimate.
    if (!personal_of(spec_, *answer_.scenario.engine, answer_.scenario.system)) {
      backends();
      engines();
    }
    host_memory();
    fewer_devices();
    more_devices();
    other_devices();
    stable_sort(found_, [](const Upgrade& a, const Upgrade& b) {
      const double a_price = a.price_usd < 0 ? 1e12 : a.price_usd;
      const double b_price = b.price_usd < 0 ? 1e12 : b.price_usd;
      if (a_price != b_price) return a_price < b_price;
      return a.decode_ratio > b.decode_ratio;
    });
    return std::move(found_);
  }

 private:
  // What a person has fixed, left to the engine. Whatever is placed anew then has to beat that.
  void placement() {
    if (!is_placed_by_hand(spec_)) return;
    if (!consider(UpgradeKind::placement, "upgrade.placement", {}, placed_anew(spec_), 0)) return;
    const Result<Answer> answer = front_.estimate_quickly(placed_anew(spec_));
    if (answer) anew_ = measure(answer->estimate);
  }

  // Several sequences may be quicker in copies than divided over all devices.
  void copies() {
    const ResolvedScenario& asked = answer_.scenario;
    if (is_placed_by_hand(spec_)) return;
    const auto devices = static_cast<std::uint32_t>(asked.system.devices.size());
    const std::vector<std::uint32_t> counts = copy_counts(*asked.engine, devices);
    for (auto count = counts.rbegin(); *count > 1; ++count) {
      if (*count > asked.settings.cache.sequences()) continue;
      ScenarioSpec changed = spec_;
      changed.data_parallel = *count;
      if (consider(UpgradeKind::placement, "upgrade.copies", {}, std::move(changed), 0, *count)) return;
    }
  }

  // A server makes room for the worst step of all the sequences it admits: told to admit fewer, it has more for cache.
  void sequences() {
    const Engine& engine = *answer_.scenario.engine;
    if (fits(before_.fit) || runs_nowhere_ || engine.reserve == ReservePolicy::needed) return;
    const Settings& settings = answer_.scenario.settings;
    const std::uint32_t own = std::max(engine.profile_sequences, engine.profile_sequences_large);
    const std::uint32_t admitted = settings.max_sequences > 0 ? settings.max_sequences : own;
    const auto asked =
        static_cast<std::uint32_t>(divide_up(settings.cache.sequences(), std::max(settings.data_parallel, 1U)));
    for (std::uint32_t most = std::bit_floor(admitted); most > asked;) {
      most = std::max(most / 2, asked);
      ScenarioSpec changed = spec_;
      changed.max_sequences = most;
      if (consider(UpgradeKind::sequences, "upgrade.sequences", {}, std::move(changed), 0, most)) return;
    }
  }

  // The smaller format that scores best: where the model does not fit, of those that run; else of those that are still
  // good, and none that scores less than the one at hand.
  void formats() {
    const Result<std::vector<FormatRow>> rows = front_.quantizations(spec_);
    if (!rows) return;
    const double current_bits = answer_.weights->bits_per_weight;
    const double current_kept = front_.quality(answer_.scenario.model, *answer_.scenario.format).kept;
    std::vector<const FormatRow*> smaller;
    double current_score = 0;
    for (const FormatRow& row : *rows) {
      if (row.format == answer_.scenario.format && !runs_nowhere_) current_score = row.exact_score;
      if (row.bits_per_weight >= current_bits || !row.format->short_listed) continue;
      if (row.fit == FitStatus::does_not_fit) continue;
      if (fits(before_.fit) && current_kept - row.quality->kept > kLossAccepted) continue;
      smaller.push_back(&row);
    }
    stable_sort(smaller, [](const FormatRow* a, const FormatRow* b) { return a->exact_score > b->exact_score; });
    for (const FormatRow* row : smaller) {
      if (row->exact_score < current_score) return;
      ScenarioSpec changed = scenario_of(front_.catalog(), spec_, *row);
      if (consider(UpgradeKind::format, "upgrade.format", row->format->name, std::move(changed), 0)) return;
    }
  }

  void kv_cache() {
    if (runs_nowhere_) return;
    const Engine& engine = *answer_.scenario.engine;
    const BlockType current = answer_.scenario.settings.cache.k;
    for (const KvType& type : engine.kv_types) {
      if (type.block.bits_per_weight() >= current.bits_per_weight() || type.block.bits_per_weight() < 8) continue;
      ScenarioSpec changed = spec_;
      changed.kv_k = type.id;
      changed.kv_v = type.id;
      if (consider(UpgradeKind::kv_cache, "upgrade.kv_cache", type.id, std::move(changed), 0)) return;
    }
  }

  // The same program by another of the device's interfaces: on AMD cards Vulkan writes faster than ROCm, which reads
  // faster. The quickest of those that are measured.
  void backends() {
    if (!fits(anew_.fit) || runs_nowhere_) return;
    const System& system = answer_.scenario.system;
    double quickest = anew_.decode * kWorthwhileSpeed;
    std::optional<Backend> best;
    for (const Backend backend :
         possible_backends(*answer_.scenario.engine, {system.devices.begin(), system.devices.size()})) {
      if (backend == system.backend) continue;
      const Result<Answer> answer = front_.estimate_quickly(by(backend));
      if (!answer || answer->estimate.speed.confidence == Confidence::theoretical) continue;
      const Before after = measure(answer->estimate);
      if (!fits(after.fit) || after.decode < quickest) continue;
      best = backend;
      quickest = after.decode;
    }
    if (!best) return;
    std::string name(name_of(kBackendNames, *best));
    consider(UpgradeKind::backend, "upgrade.backend", std::move(name), by(*best), 0);
  }

  [[nodiscard]] ScenarioSpec by(Backend backend) const {
    ScenarioSpec changed = placed_anew(spec_);
    changed.backend = name_of(kBackendNames, backend);
    changed.personal.reset();  // it is of the backend before
    return changed;
  }

  // Another program for the same model on the same devices, in a format that keeps about as much of it: the one best
  // measured there, of equals the quickest.
  void engines() {
    struct Choice {
      Confidence confidence = Confidence::theoretical;
      double decode = 0;
      ScenarioSpec scenario;
      std::string name;
    };
    if (!fits(anew_.fit) && !runs_nowhere_) return;  // a smaller format comes first
    Choice best;
    const double kept = front_.quality(answer_.scenario.model, *answer_.scenario.format).kept;
    for (const std::string_view id : usual_engines()) {
      const Engine* known = front_.catalog().find_engine(id);
      if (known == nullptr || known == answer_.scenario.engine) continue;
      const Engine& engine = *known;
      const ScenarioSpec moved = placed_anew(with_engine(front_.catalog(), spec_, engine.id));
      for (const Format& format : front_.catalog().formats()) {
        if (!format.short_listed || !front_.offers(engine, answer_.scenario.model, format)) continue;
        if (!suits(format)) continue;
        if (kept - front_.quality(answer_.scenario.model, format).kept > kLossOnTheWay) continue;
        ScenarioSpec changed = moved;
        changed.quantization = format.id;
        changed.personal.reset();  // it is of the engine before
        const Result<Answer> answer = front_.estimate_quickly(changed);
        if (!answer || !engine_runs(answer->scenario)) continue;
        const Before after = measure(answer->estimate);
        if (!fits(after.fit) || after.prefill < anew_.prefill) continue;
        if (after.decode < anew_.decode * kWorthwhileEngine) continue;
        const Confidence confidence = answer->estimate.speed.confidence;
        if (confidence > best.confidence || (confidence == best.confidence && after.decode <= best.decode)) continue;
        best = {confidence, after.decode, std::move(changed), engine.name + " (" + format.id + ")"};
      }
    }
    // What is nothing but a data sheet is no reason to change.
    if (best.confidence == Confidence::theoretical) return;
    consider(UpgradeKind::engine, "upgrade.engine", std::move(best.name), std::move(best.scenario), 0);
  }

  // Four-bit floats run everywhere by other kernels, but are made for what computes in them, or are all there is.
  [[nodiscard]] bool suits(const Format& format) const {
    if (format.family != FormatFamily::fp4) return true;
    const std::optional<std::size_t>& model = answer_.scenario.model.index;
    if (model && format.is_released_in(front_.catalog().models()[*model].native_precision)) return true;
    return answer_.scenario.system.devices[0]->tflops.fp4.value() > 0;
  }

  // The first doubling that holds what the devices lack.
  void host_memory() {
    if (fits(before_.fit) || !answer_.estimate.placement.spills) return;
    if (answer_.scenario.system.devices[0]->unified_memory) return;  // another amount makes it another device
    const Bytes now = answer_.scenario.system.host.memory;
    for (Bytes size = std::max(now * 2, kLeastHostMemory); size <= kMostHostMemory; size = size * 2) {
      ScenarioSpec changed = spec_;
      changed.hardware.host.memory_bytes = size.value();
      if (!changed.hardware.host.id) changed.hardware.host.id = answer_.scenario.system.host.id;  // no other machine
      const auto gib = static_cast<std::uint32_t>(size.value() / gibibytes(1).value());
      if (consider(UpgradeKind::host_memory, "upgrade.host_memory", {}, std::move(changed), -1, gib)) return;
    }
  }

  // Three, five or six devices rarely divide a model's heads, and then work one after the other: two or four of them,
  // which work on every token together, may be quicker.
  void fewer_devices() {
    const std::uint32_t owned = spec_.hardware.device.count, together = std::bit_floor(owned);
    if (together == owned || runs_nowhere_ || !spec_.hardware.others.empty()) return;
    ScenarioSpec changed = placed_anew(spec_);
    changed.hardware.device.count = together;
    consider(UpgradeKind::fewer_devices, "upgrade.fewer_devices", {}, std::move(changed), 0, together);
  }

  void more_devices() {
    // A machine that is one with its device has no room for another, unless it has a link of its own to the next.
    const Device& own = *answer_.scenario.system.devices[0];
    if (spec_.hardware.device.id.empty()) return;
    if (!own.is_card() && !own.module && own.peer.per_direction.value() <= 0) return;
    const std::optional<std::size_t> index = front_.catalog().find_device(spec_.hardware.device.id);
    if (!index) return;
    const DeviceEntry& entry = front_.catalog().devices()[*index];
    const std::uint32_t owned = spec_.hardware.device.count;
    // The first doubling that helps, and as many more as make it fit: what does not run may take a second machine.
    const std::uint32_t most = anew_.fit == FitStatus::does_not_fit ? std::max(most_of(own), kMostCards) : kMostCards;
    for (std::uint32_t count = owned * 2; count <= most; count *= 2) {
      const double price =
          front_.catalog().has_price_of_today(entry) ? price_of(entry, count) - price_of(entry, owned) : -1;
      if (divide_up(count, entry.per_board) == divide_up(owned, entry.per_board)) continue;  // the same board
      ScenarioSpec changed = placed_anew(spec_);
      changed.hardware.device.count = count;
      consider(UpgradeKind::more_devices, "upgrade.second_device", entry.device.name, std::move(changed), price,
               count - owned, entry.price_date);
      if (!found_.empty() && found_.back().kind == UpgradeKind::more_devices && fits(found_.back().fit)) return;
    }
  }

  struct Purchase {
    double price = 0;
    std::uint32_t count = 1;
    std::size_t device = 0;  // index in Catalog::devices()
  };
  // Of what is there or was offered before.
  struct Best {
    double decode = 0;
    bool fits = false;
    std::size_t shown = 0;
  };

  // Devices that one can buy where the person is, cheapest first; a dearer one is shown only when it beats the ones
  // before it. Several of a kind only where no single one holds the model.
  void other_devices() {
    if (spec_.hardware.device.custom) return;
    // What fits but crawls helps nobody.
    Best best{std::max(anew_.decode, 0.0), fits(anew_.fit)};
    // A device is compared with what another backend does for nothing; where nothing runs now, with another engine.
    for (const Upgrade& upgrade : found_) {
      const bool same_program = upgrade.kind == UpgradeKind::backend;
      if (!same_program && !(runs_nowhere_ && upgrade.kind == UpgradeKind::engine)) continue;
      if (!fits(upgrade.fit)) continue;
      best.decode = std::max(best.decode, upgrade.decode_tok_s);
      best.fits = true;
    }
    const std::optional<std::size_t> own = front_.catalog().find_device(spec_.hardware.device.id);
    const bool buys_there = own && front_.catalog().devices()[*own].china_only;
    offer_of(buys_there ? Market::any : Market::world, best);
    // Who reads Chinese may buy in China or elsewhere: what is sold only there comes beside the rest, in place of none.
    if (!buys_there && spec_.language == language_code(Language::zh)) offer_of(Market::china, best);
  }

  enum class Market : std::uint8_t { any, world, china };
  void offer_of(Market market, Best best) {
    offer(for_sale(1, 1, market), best);
    if (!best.fits) offer(for_sale(2, kMostServed, market), best);
  }

  // Doublings from `least` to `most`, by price.
  [[nodiscard]] std::vector<Purchase> for_sale(std::uint32_t least, std::uint32_t most, Market market) const {
    std::vector<Purchase> purchases;
    const std::span<const DeviceEntry> devices = front_.catalog().devices();
    const std::optional<std::size_t> own = front_.catalog().find_device(spec_.hardware.device.id);
    for (std::size_t i = 0; i < devices.size(); ++i) {
      const DeviceEntry& entry = devices[i];
      const bool of_market = market == Market::any || entry.china_only == (market == Market::china);
      if (!of_market || !can_replace(entry.device) || i == own) continue;
      if (!front_.catalog().has_price_of_today(entry)) continue;
      const std::uint32_t room = most_of(entry.device);
      for (std::uint32_t count = least; count <= std::min(most, room); count *= 2) {
        purchases.push_back({price_of(entry, count), count, i});
      }
    }
    stable_sort(purchases, [](const Purchase& a, const Purchase& b) { return a.price < b.price; });
    return purchases;
  }

  // How many can work together.
  [[nodiscard]] static std::uint32_t most_of(const Device& device) {
    if (device.module || device.cls == DeviceClass::datacenter) return kMostServed;
    if (device.is_card()) return kMostCards;
    const bool linked = device.peer.per_direction.value() > 0;
    return linked ? std::max(device.peer.max_devices, 1U) : 1;
  }

  void offer(const std::vector<Purchase>& purchases, Best& best) {
    const double crawl = answer_.scenario.settings.targets.decode_poor_tok_s / 2;
    for (const Purchase& purchase : purchases) {
      if (best.shown == kMostDevices) return;
      const DeviceEntry& entry = front_.catalog().devices()[purchase.device];
      const bool several = purchase.count > 1;
      if (several && entry.device.memory * purchase.count < answer_.weights->file_bytes) continue;
      ScenarioSpec changed = placed_anew(spec_);
      changed.hardware.device = {};
      changed.hardware.device.id = entry.device.id;
      changed.hardware.device.count = purchase.count;
      changed.hardware.others.clear();
      changed.hardware.interconnect = {};
      changed.hardware.host = host_of(entry.device);
      changed.personal.reset();  // it is of the device that goes
      changed.backend.reset();
      const Result<Answer> answer = front_.estimate_quickly(changed);
      if (!answer) continue;
      const Before after = measure(answer->estimate);
      if (after.decode > 0 && after.decode < crawl) continue;
      const bool first_fit = !best.fits && fits(after.fit);
      if (!first_fit && (after.decode < best.decode * kWorthwhileSpeed || (best.fits && !fits(after.fit)))) continue;
      if (!consider(UpgradeKind::other_device, several ? "upgrade.devices" : "upgrade.device", entry.device.name,
                    std::move(changed), purchase.price, purchase.count, entry.price_date)) {
        continue;
      }
      best.decode = std::max(best.decode, after.decode);
      best.fits = best.fits || fits(after.fit);
      ++best.shown;
    }
  }

  // Cards and modules have a price without the machine around them: a card wants a slot, a module its board. What is
  // one with its machine can stand in for anything.
  [[nodiscard]] bool can_replace(const Device& device) const {
    const Device& own = *answer_.scenario.system.devices[0];
    if (device.cls == DeviceClass::phone) return own.cls == DeviceClass::phone;
    if (device.cls == DeviceClass::cpu) return own.cls == DeviceClass::cpu;
    if (device.module) return own.module;
    return !device.is_card() || own.is_card() || own.module || own.cls == DeviceClass::cpu;
  }

  // A card moves into the slot of the one before; a chip with memory of its own brings the machine along.
  [[nodiscard]] HostSpec host_of(const Device& device) const {
    const System& system = answer_.scenario.system;
    if (!device.is_card() || !system.devices[0]->is_card()) return {};
    HostSpec host = spec_.hardware.host;
    if (!host.id && !system.host.id.empty()) host.id = system.host.id;
    if (!host.memory_bytes) host.memory_bytes = system.host.memory.value();
    return host;
  }

  bool consider(UpgradeKind kind, std::string_view key, std::string name, ScenarioSpec changed, double price,
                std::uint32_t count = 1, std::string_view price_date = {}) {
    const Result<Answer> answer = front_.estimate_quickly(changed);
    if (!answer || !engine_runs(answer->scenario)) return false;
    const Before after = measure(answer->estimate);
    if (!helps(places_anew(kind) ? anew_ : before_, after, price == 0)) return false;
    Upgrade upgrade;
    upgrade.kind = kind;
    upgrade.name = std::move(name);
    upgrade.text.key = key;
    upgrade.text.args.push_back(count_arg("count", count));
    upgrade.scenario = std::move(changed);
    upgrade.fit = after.fit;
    upgrade.decode_ratio = ratio(after.decode, before_.decode);
    upgrade.prefill_ratio = ratio(after.prefill, before_.prefill);
    upgrade.decode_tok_s = after.decode;
    upgrade.safe_context = after.safe_context;
    upgrade.price_usd = price;
    if (price > 0) upgrade.price_date = price_date;
    found_.push_back(std::move(upgrade));
    return true;
  }

  Front& front_;
  const ScenarioSpec& spec_;
  const Answer& answer_;
  // The engine has no code for device, format or model: whatever has is better, and no speed there counts.
  bool runs_nowhere_;
  Before before_;
  Before anew_;  // with placement left to the engine, where a person has fixed it and that helps
  std::vector<Upgrade> found_;
};

}  // namespace

Result<std::vector<Upgrade>> Front::upgrades(const ScenarioSpec& spec) {
  const Result<Answer> answer = estimate_quickly(spec);
  if (!answer) return answer.error();
  return UpgradeFinder(*this, spec, *answer).find();
}

}  // namespace headroom
