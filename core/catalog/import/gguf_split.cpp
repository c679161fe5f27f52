#include "core/catalog/import/gguf_split.h"

#include <set>
#include <string>
#include <utility>

#include "core/catalog/import/message_text.h"

namespace headroom {
namespace {

constexpr std::uint64_t kMaxParts = 9999;  // "-00001-of-09999"

std::string missing_list(const std::vector<bool>& seen) {
  constexpr std::size_t kNamed = 8;
  std::string out;
  std::size_t count = 0;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    if (seen[i]) continue;
    if (++count <= kNamed) out += (out.empty() ? "" : ", ") + std::to_string(i + 1);
  }
  return count > kNamed ? out + ", ..." : out;
}

}  // namespace

Result<GgufHeader> merge_gguf(std::vector<GgufHeader> parts) {
  if (parts.empty()) return bad_file("GGUF: no file was given");
  const bool says = parts[0].metadata.count("split.count") != 0;
  const auto stated_count = parts[0].unsigned_value("split.count");
  if (says && !stated_count) return bad_file("GGUF: split.count must be a whole number of up to 9999");
  const std::uint64_t count = stated_count.value_or(1);
  if (parts.size() == 1 && count <= 1) return std::move(parts[0]);
  if (count <= 1) return bad_file("GGUF: several files were given that are not the parts of a split one");
  if (count > kMaxParts) return bad_file("GGUF: split.count is " + std::to_string(count) + "; allowed are up to 9999");

  std::vector<bool> seen(static_cast<std::size_t>(count), false);
  std::vector<const GgufHeader*> ordered(seen.size(), nullptr);
  for (const GgufHeader& part : parts) {
    const auto number = part.unsigned_value("split.no");
    if (part.unsigned_value("split.count") != count || !number || *number >= count) {
      return bad_file("GGUF: the parts do not belong together: split.count or split.no differ or are missing");
    }
    const auto i = static_cast<std::size_t>(*number);
    if (seen[i]) return bad_file("GGUF: part " + std::to_string(i + 1) + " was given twice");
    seen[i] = true;
    ordered[i] = &part;
  }
  if (const std::string missing = missing_list(seen); !missing.empty()) {
    return bad_file("GGUF: of " + std::to_string(count) + " parts these are missing: " + missing);
  }
  GgufHeader merged = *ordered[0];
  std::set<std::string> names;
  for (const GgufTensor& t : merged.tensors) names.insert(t.name);
  for (std::size_t i = 1; i < ordered.size(); ++i) {
    for (const GgufTensor& t : ordered[i]->tensors) {
      if (!names.insert(t.name).second) return bad_file("GGUF: tensor " + quote(t.name) + " is in two parts");
      merged.tensors.push_back(t);
    }
    merged.tensor_bytes += ordered[i]->tensor_bytes;
    merged.header_bytes += ordered[i]->header_bytes;
  }
  const auto stated = merged.unsigned_value("split.tensors.count");
  if (stated && *stated != merged.tensors.size()) {
    return bad_file("GGUF: split.tensors.count is " + std::to_string(*stated) + ", but the parts hold " +
                    std::to_string(merged.tensors.size()) + " tensors");
  }
  merged.metadata.erase("split.count");
  return merged;
}

}  // namespace headroom
