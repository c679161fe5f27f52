// An answer to take along: the estimate, the format table and the workload table as CSV or Markdown, or the estimate
// alone as plain text.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/catalog/front.h"
#include "core/catalog/texts.h"

namespace headroom {

enum class ReportFormat : std::uint8_t { csv, markdown, text };

struct ReportFacts {
  const Answer& answer;
  std::span<const FormatRow> formats;
  std::span<const WorkloadRow> workloads;
  std::string_view link;  // where the scenario can be opened; may be empty
};

// CSV: tables one after another with an empty line between, plain digits with a point, the unit in the heading or a
// column of its own (RFC 4180). Markdown and text: figures as a person of the language of `texts` writes them. Unknown
// figures are left empty, in a text out.
[[nodiscard]] std::string report(ReportFormat format, const ReportFacts& facts, const Front& front, const Texts& texts);

// The card of a page's scenario inside another page: embed.html beside the page that `page_link` names, with the same
// fragment, as an iframe, escaped as HTML asks.
[[nodiscard]] std::string embed_html(std::string_view page_link);

}  // namespace headroom
