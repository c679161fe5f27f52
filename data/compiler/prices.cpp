// What a device costs: to buy, the newest dated price; to rent, the median of the offers of the newest quarter.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include "data/compiler/readers.h"

namespace headroom::facts {
namespace {

struct Offer {
  double usd = 0;
  std::string_view date, kind;
};

constexpr std::string_view kNew = "street_new", kUsed = "street_used", kRent = "cloud_on_demand_hour";
constexpr int kRecentMonths = 3;

// Months since year 0 of "2026-08-22" or "2026-08"; 0 when there is no month.
int months(std::string_view date) {
  if (date.size() < 7) return 0;
  return std::atoi(std::string(date.substr(0, 4)).c_str()) * 12 + std::atoi(std::string(date.substr(5, 2)).c_str());
}

const Offer* newest(const std::vector<Offer>& offers, std::string_view kind) {
  const Offer* best = nullptr;
  for (const Offer& offer : offers) {
    if (offer.kind != kind || offer.date.empty()) continue;
    // Of the same day, the cheaper one.
    if (best == nullptr || offer.date > best->date || (offer.date == best->date && offer.usd < best->usd))
      best = &offer;
  }
  return best;
}

double median_of_recent(const std::vector<Offer>& offers, std::string_view kind, std::string_view newest_date) {
  std::vector<double> recent;
  for (const Offer& offer : offers) {
    if (offer.kind == kind && months(offer.date) + kRecentMonths >= months(newest_date)) recent.push_back(offer.usd);
  }
  std::sort(recent.begin(), recent.end());
  const std::size_t middle = recent.size() / 2;
  return recent.size() % 2 == 1 ? recent[middle] : (recent[middle - 1] + recent[middle]) / 2;
}

}  // namespace

void add_prices(std::vector<DeviceEntry>& devices, const std::vector<Row>& rows, const std::vector<CsvRow>& prices,
                TextStore& texts, Problems& problems) {
  const auto kept = [&](std::string_view text) { return texts.keep(text); };
  std::map<std::string_view, std::vector<Offer>> offers;
  for (const CsvRow& price : prices) {
    const double usd = std::atof(std::string(price.get("usd")).c_str());
    if (!(usd > 0)) problems.add(price.where, "usd is not a price");
    offers[price.get("device_id")].push_back({usd, price.get("date"), price.get("kind")});
  }
  for (std::size_t i = 0; i < devices.size(); ++i) {
    DeviceEntry& entry = devices[i];
    const std::vector<Offer>& of_device = offers[entry.device.id];
    const Offer* street = newest(of_device, kNew);
    if (street == nullptr) {
      // The row's own price: mostly the price at launch.
      const auto& row = rows[i].json;
      const auto own = row.find("price");
      if (own != row.end() && own->is_object() && own->contains("usd") && (*own)["usd"].is_number()) {
        entry.price_usd = (*own)["usd"].get<double>();
        if (own->contains("date") && (*own)["date"].is_string())
          entry.price_date = kept((*own)["date"].get<std::string>());
        if (own->contains("basis") && (*own)["basis"].is_string())
          entry.price_basis = kept((*own)["basis"].get<std::string>());
      } else {
        street = newest(of_device, kUsed);
      }
    }
    if (street != nullptr) {
      entry.price_usd = street->usd;
      entry.price_date = kept(street->date);
      entry.price_basis = kept(street->kind);
    }
    if (const Offer* rent = newest(of_device, kRent)) {
      entry.rent_usd_hour = median_of_recent(of_device, kRent, rent->date);
      entry.rent_date = kept(rent->date);
    }
  }
}

}  // namespace headroom::facts
