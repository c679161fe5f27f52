// Rows of the facts become the structs that the pack stores. What a row states wrongly is reported, with its place.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/catalog/catalog.h"
#include "data/compiler/facts.h"

namespace headroom::facts {

// Owns the texts that the views of entries point to.
class TextStore {
 public:
  std::string_view keep(std::string_view text) { return *texts_.emplace(text).first; }

 private:
  std::set<std::string, std::less<>> texts_;
};

[[nodiscard]] std::vector<Link> read_links(const std::vector<Row>& rows, Problems& problems);
[[nodiscard]] std::vector<Host> read_hosts(const std::vector<Row>& rows, Problems& problems);
[[nodiscard]] std::vector<Format> read_formats(const std::vector<Row>& rows, Problems& problems);
[[nodiscard]] std::vector<Engine> read_engines(const std::vector<Row>& rows, Problems& problems);
[[nodiscard]] std::vector<WorkloadEntry> read_workloads(const std::vector<Row>& rows, Problems& problems);
[[nodiscard]] std::vector<ModeEntry> read_modes(const std::vector<Row>& rows, Problems& problems);

// Texts of the entries live in `texts`, which must outlive them.
[[nodiscard]] std::vector<DeviceEntry> read_devices(const std::vector<Row>& rows, const std::vector<Link>& links,
                                                    Problems& problems);
[[nodiscard]] std::vector<ModelEntry> read_models(const std::vector<Row>& rows, TextStore& texts, Problems& problems);

// How the published files of formats without a rule compare with those of their mix, over all listed models.
void relate_to_mixes(std::vector<Format>& formats, const std::vector<Row>& rows, const std::vector<ModelEntry>& models,
                     Problems& problems);

// Prices of the devices: the newest of each kind.
void add_prices(std::vector<DeviceEntry>& devices, const std::vector<Row>& rows, const std::vector<CsvRow>& prices,
                TextStore& texts, Problems& problems);
// Ranks of the models per workload.
void add_quality(std::vector<ModelEntry>& models, const std::vector<Row>& workloads, const std::vector<CsvRow>& scores,
                 TextStore& texts, Problems& problems);

}  // namespace headroom::facts
