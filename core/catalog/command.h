// The command line that runs exactly a configuration, from the templates of data/commands.json.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/catalog/catalog.h"
#include "core/catalog/command_variables.h"
#include "core/catalog/front.h"

namespace headroom {

struct Command {
  std::string engine;  // id
  std::string text;
  std::string source;  // where the flags are documented
};

class CommandTemplates {
 public:
  // `section` is the pack's copy of data/commands.json; damaged or missing templates give no commands.
  explicit CommandTemplates(std::span<const std::uint8_t> section);

  // The scenario's engine first, then others that run the same format the same way. None for what does not run.
  [[nodiscard]] std::vector<Command> of(const Answer& answer, const Catalog& catalog) const;

 private:
  // A piece of the command, written only when all it names has a value.
  struct Part {
    std::string text;                 // with {variables}
    std::vector<std::string> when;    // variables of which one must have a value, too; empty: whatever has one
    std::vector<std::string> unless;  // variables that must have none
    std::string each;                 // a number: the piece is written that often, {each} counting from 1
    [[nodiscard]] bool applies(const Variables& variables) const;
  };
  struct Template {
    std::string engine, source;
    std::vector<Part> parts;
    // Of several machines: what the others run, before the first does. Or, with `every_node`, all run the parts above.
    std::vector<Part> other_nodes;
    bool every_node = false;
    EngineWords words;
    std::vector<std::string> never;        // variables that it has no command for: none may have a value
    std::vector<std::string> not_offered;  // the same where another engine was asked for
    bool offered = true;                   // beside another engine at all
    [[nodiscard]] bool is_ruled_out(const Variables& variables, bool asked) const;
  };
  static std::optional<Template> read(const nlohmann::json& entry);  // nothing when it is damaged
  static std::vector<Part> parts_in(const nlohmann::json* entries);
  static std::string render(const std::vector<Part>& parts, const Variables& variables);
  // What each machine runs, under a line with its name; of one machine the command alone.
  static std::string render_nodes(const Template& from, const Variables& variables);

  std::vector<Template> templates_;
};

}  // namespace headroom
