#include "data/compiler/sections.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <system_error>

namespace headroom::facts {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr std::array<SectionMaker, 3> kMakers{add_texts, add_plain_files, add_measurements};

// Files that become tables of the catalog (facts.h).
constexpr std::array<std::string_view, 7> kTables{"about", "calibration", "formats",  "hosts",
                                                  "links", "modes",       "workloads"};

ByteBuffer bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

}  // namespace

void add_texts(const Facts& facts, PackWriter& pack, Problems& problems) {
  std::error_code error;
  std::vector<fs::path> languages;
  for (fs::directory_iterator it(facts.folder / "texts", error), end; !error && it != end; it.increment(error)) {
    if (it->is_directory()) languages.push_back(it->path());
  }
  std::sort(languages.begin(), languages.end());
  for (const fs::path& language : languages) {
    json merged = json::object();
    for (const fs::path& file : files_in(language, ".json")) {
      const json texts = read_json(file, problems);
      for (const auto& [key, text] : texts.items()) {
        const std::string where = "texts/" + language.filename().string() + "/" + file.filename().string();
        if (merged.contains(key) && merged[key] != text) {
          problems.add(where, "key \"" + key + "\" says something else in another file");
        }
        if (!text.is_string()) problems.add(where, "key \"" + key + "\" is not a text");
        merged[key] = text;
      }
    }
    pack.add("texts/" + language.filename().string(), bytes_of(merged.dump()));
  }
}

void add_plain_files(const Facts& facts, PackWriter& pack, Problems& problems) {
  for (const fs::path& file : files_in(facts.folder, ".json")) {
    const std::string name = file.stem().string();
    if (std::find(kTables.begin(), kTables.end(), name) != kTables.end()) continue;
    pack.add(name, bytes_of(read_json(file, problems).dump()));
  }
}

void add_sections(const Facts& facts, PackWriter& pack, Problems& problems) {
  for (const SectionMaker make : kMakers) make(facts, pack, problems);
}

}  // namespace headroom::facts
