// What is made of an estimate for people: questions and answers, reports, rooflines, the scenario a page opens on.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "core/catalog/json_text.h"
#include "core/catalog/report.h"
#include "tests/api/scenarios.h"
#include "wasm/api/estimator.h"

namespace headroom {
namespace {

using nlohmann::json;

json reply_of(const std::string& function, const json& arguments) {
  static Estimator estimator;
  return parse_or_discard(estimator.call(function, json_text(arguments)));
}

json value_of(const std::string& function, const json& arguments) {
  const json answer = reply_of(function, arguments);
  CAPTURE(function);
  if (answer.contains("error")) MESSAGE(answer.dump());
  REQUIRE(answer.contains("value"));
  return answer["value"];
}

std::string answer_to(const json& questions, const std::string& id) {
  for (const json& row : questions) {
    if (row["id"] == id) return row["answer"].get<std::string>();
  }
  return {};
}

json on(const char* model, const char* device, const char* quantization, const char* language = "en") {
  return {{"model", model}, {"hardware", {{"device", device}}}, {"quantization", quantization}, {"language", language}};
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::vector<std::string> lines_of(const std::string& text, const std::string& end) {
  std::vector<std::string> lines;
  std::size_t from = 0;
  for (std::size_t to = text.find(end); to != std::string::npos; to = text.find(end, from)) {
    lines.push_back(text.substr(from, to - from));
    from = to + end.size();
  }
  return lines;
}

TEST_CASE("every question is answered in each language, with every placeholder filled") {
  for (const char* language : {"en", "es", "zh"}) {
    for (const json& scenario : {on("llama-3.1-8b", "nvidia-rtx-4090-24gb", "Q4_K_M", language),
                                 on("llama-3.1-405b", "nvidia-rtx-4090-24gb", "BF16", language),
                                 on("qwen3-30b-a3b", "apple-m3-max-40c-128gb", "Q8_0", language)}) {
      const json questions = value_of("questions", json::array({scenario}));
      CHECK(questions.size() >= 7);
      for (const json& row : questions) {
        const std::string question = row["question"], answer = row["answer"];
        CAPTURE(question);
        CAPTURE(answer);
        CHECK_FALSE(answer.empty());
        CHECK_FALSE(has(answer + question, "{"));
        CHECK_FALSE(has(answer + question, "answer."));
        CHECK_FALSE(has(answer + question, "question."));
      }
    }
  }
}

TEST_CASE("the answers say what the estimate says") {
  const json scenario = on("llama-3.1-8b", "nvidia-rtx-4090-24gb", "Q4_K_M");
  const json estimate = value_of("estimate", json::array({scenario}));
  const json questions = value_of("questions", json::array({scenario}));
  CHECK(has(answer_to(questions, "fits"), estimate["fit"]["text"].get<std::string>()));
  CHECK(has(answer_to(questions, "limit"), estimate["bottleneck"]["text"].get<std::string>()));
  CHECK(has(answer_to(questions, "users"), format_number(estimate["max_parallel"].get<double>(), 0, Language::en)));
  CHECK(has(answer_to(questions, "speed"),
            join(format_rate(estimate["decode"]["tok_s"]["p50"].get<double>(), Language::en))));
  CHECK(has(answer_to(questions, "sure"), "public measurements"));
  CHECK(has(answer_to(questions, "sure"), "to the byte"));
}

TEST_CASE("a loss of quality is named as one, not as a bare percentage") {
  struct Words {
    const char* language;
    const char* measure;
  };
  for (const Words words : {Words{"en", "(perplexity +"}, Words{"es", "(perplejidad +"}, Words{"zh", "（困惑度 +"}}) {
    std::size_t named = 0;
    for (const json& scenario : {on("llama-3.3-70b-instruct", "nvidia-rtx-4090-24gb", "Q2_K", words.language),
                                 on("llama-3.1-8b", "nvidia-rtx-3060-12gb", "Q6_K", words.language),
                                 on("qwen3-8b", "raspberry-pi-5-8gb", "Q4_K_M", words.language)}) {
      const std::string answer = answer_to(value_of("questions", json::array({scenario})), "format");
      CAPTURE(answer);
      if (!has(answer, "+")) continue;
      CHECK(has(answer, words.measure));
      ++named;
    }
    CHECK(named > 0);
  }
}

TEST_CASE("what does not fit is told which format would") {
  const json scenario = on("llama-3.1-70b", "nvidia-h20-96gb", "BF16");
  const json rows = value_of("quantizations", json::array({scenario}));
  const auto first = std::find_if(rows.begin(), rows.end(),
                                  [](const json& row) { return row["fit"] == "fits" || row["fit"] == "tight"; });
  REQUIRE(first != rows.end());
  REQUIRE(value_of("estimate", json::array({scenario}))["fit"]["status"] != "fits");
  const json questions = value_of("questions", json::array({scenario}));
  CHECK_FALSE(answer_to(questions, "change").empty());
  CHECK_FALSE(answer_to(questions, "format").empty());
}

TEST_CASE("a CSV report has one table after another, plain digits and as many fields as headings") {
  const json scenario = on("llama-3.1-8b", "nvidia-rtx-4090-24gb", "Q4_K_M");
  const std::string csv = value_of("report", json::array({scenario, "csv"}));
  const json estimate = value_of("estimate", json::array({scenario}));
  const std::vector<std::string> lines = lines_of(csv, "\r\n");
  REQUIRE(lines.size() > 30);
  CHECK(has(lines[0], "Q4_K_M"));
  CHECK(has(csv, "Total," + std::to_string(estimate["memory"]["total_bytes"].get<std::uint64_t>()) + ",,,bytes"));
  CHECK(has(csv, "Format,Bits per weight (bits),File size (bytes)"));
  CHECK(std::count(lines.begin(), lines.end(), std::string()) == 3);  // before each table
  // Every row of a table has its headings' fields; no field of these tables holds a comma.
  std::size_t fields = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].empty()) {
      REQUIRE(i + 2 < lines.size());
      fields = static_cast<std::size_t>(std::count(lines[i + 2].begin(), lines[i + 2].end(), ','));
      i += 2;
    } else if (fields > 0) {
      if (!has(lines[i], "\""))
        CHECK(static_cast<std::size_t>(std::count(lines[i].begin(), lines[i].end(), ',')) == fields);
    }
  }
}

TEST_CASE("a Markdown report is written as people of its language write") {
  const std::string en =
      value_of("report", json::array({on("llama-3.1-8b", "nvidia-rtx-4090-24gb", "Q4_K_M"), "markdown"}));
  CHECK(has(en, "# Llama 3.1 8B"));
  CHECK(has(en, "| Format | Bits per weight | File size | Total |"));
  CHECK(has(en, "GiB |"));
  CHECK_FALSE(has(en, "{"));
  const std::string es =
      value_of("report", json::array({on("llama-3.1-8b", "nvidia-rtx-4090-24gb", "Q4_K_M", "es"), "markdown"}));
  CHECK(has(es, "| Formato |"));
  CHECK(has(es, ",8"));  // a decimal comma
  for (const std::string& line : lines_of(en, "\n")) {
    if (!line.empty() && line.front() == '|') CHECK(line.back() == '|');
  }
}

TEST_CASE("a report of another kind is refused") {
  const json answer = reply_of("report", json::array({on("llama-3.1-8b", "nvidia-rtx-4090-24gb", "Q4_K_M"), "pdf"}));
  REQUIRE(answer.contains("error"));
  CHECK(has(answer["error"]["message"], "csv"));
}

TEST_CASE("a name that a spreadsheet would compute, or that would break a table, stays a text") {
  json scenario = on("llama-3.1-8b", "nvidia-rtx-4090-24gb", "Q4_K_M");
  scenario["hardware"]["device"] = {{"name", "a|b, \"c\""}, {"memory_bytes", 24e9}, {"mem_bandwidth_gbs", 1000}};
  const std::string csv = value_of("report", json::array({scenario, "csv"}));
  CHECK(csv.front() == '"');
  CHECK(has(csv, "a|b, \"\"c\"\""));
}

TEST_CASE("the card is embedded with the page's scenario, its address escaped") {
  const std::string fragment = "v=1&m=a&hw=\"b\"", escaped = "v=1&amp;m=a&amp;hw=&quot;b&quot;";
  for (const char* page : {"https://x.org/tool/", "https://x.org/tool/index.html", "https://x.org/tool/?plain"}) {
    CAPTURE(page);
    const std::string html = embed_html(std::string(page) + "#" + fragment);
    CHECK(has(html, "src=\"https://x.org/tool/embed.html#" + escaped + "\""));
  }
}

TEST_CASE("a roofline has its peaks and both points") {
  const json line = value_of("roofline", json::array({on("llama-3.1-8b", "nvidia-rtx-4090-24gb", "Q4_K_M")}));
  CHECK(line["units"] == "FP16");
  CHECK(line["bandwidth_gbs"].get<double>() == doctest::Approx(1008));
  CHECK(line["fitted_bandwidth_gbs"] <= line["bandwidth_gbs"]);
  for (const char* point : {"decode", "prefill"}) CHECK(line[point]["tflops"] <= line[point]["limit_tflops"]);
}

TEST_CASE("a page opens on the machine its browser tells of, or on a common one") {
  const json told = value_of("firstScenario", json::array({{{"renderer", "NVIDIA GeForce RTX 3090/PCIe/SSE2"}}}));
  CHECK(told["scenario"]["hardware"]["device"] == "nvidia-rtx-3090-24gb");
  CHECK(told["recognized"]["assumed"] == false);
  for (const json& nothing :
       {json::object(), json(nullptr), json("text"), json{{"renderer", 5}, {"memory_gib", "x"}}}) {
    const json first = value_of("firstScenario", json::array({nothing}));
    CHECK(first["recognized"].is_null());
    CHECK(first["scenario"]["hardware"]["device"] == "nvidia-rtx-4090-24gb");
  }
}

TEST_CASE("a list of formats has each under one name: the engine's own, or the one that was asked for") {
  const auto listed = [](const char* engine, const char* quantization) {
    json scenario = on("llama-3.1-8b", "nvidia-rtx-4090-24gb", quantization);
    scenario["engine"] = engine;
    std::string ids = " ";
    for (const json& row : value_of("quantizations", json::array({scenario}))) {
      ids += row["quantization"].get<std::string>() + " ";
    }
    return ids;
  };
  for (const char* engine : {"llama.cpp", "ollama", "lm-studio"}) {
    CAPTURE(engine);
    const std::string usual = listed(engine, "Q4_K_M");
    for (const char* own : {" BF16 ", " F16 ", " F32 "}) CHECK(has(usual, own));
    for (const char* other : {" FP16 ", " FP32 "}) CHECK_FALSE(has(usual, other));
    const std::string asked = listed(engine, "FP16");
    CHECK(has(asked, " FP16 "));
    CHECK_FALSE(has(asked, " F16 "));
  }
  const std::string usual = listed("vllm", "BF16");
  for (const char* own : {" BF16 ", " FP16 ", " FP32 "}) CHECK(has(usual, own));
  for (const char* other : {" F16 ", " F32 "}) CHECK_FALSE(has(usual, other));
}

}  // namespace
}  // namespace headroom
