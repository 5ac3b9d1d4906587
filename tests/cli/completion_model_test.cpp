#include "cli/completion_model.h"

#include <gtest/gtest.h>

#include "cli/completion_scripts.h"

namespace kiln::cli {
namespace {

/// One command with one option of each kind, a positional argument, and a hidden command.
struct Example {
  CLI::App app{"An example", "kiln"};
  std::string text, file, id;
  int number = 0;
  bool flag = false;

  Example() {
    CLI::App* sub = app.add_subcommand("go", "Goes: [there] isn't far");
    sub->add_option("-k,--kind", text, "Of thing")->check(CLI::IsMember({"one", "two"}));
    sub->add_option("--into", file, "Place")->type_name("FILE");
    sub->add_option("--count", number, "Number")->check(CLI::Range(1, 3));
    sub->add_flag("-f,--flag", flag, "It's a flag");
    sub->add_option("id", id, "Which")->required();
    app.add_subcommand("hidden", "")->group("");
  }
};

}  // namespace

TEST(CompletionModel, TellsWhatEachValueIs) {
  const Example example;
  const auto commands = commands_of(example.app);
  ASSERT_EQ(commands.size(), 2u) << "the app and what its help lists";
  EXPECT_EQ(commands[0].name, "kiln");
  const CompletionCommand& go = commands[1];
  ASSERT_EQ(go.options.size(), 5u) << "--help first";
  EXPECT_EQ(go.options[0].value, ValueKind::none);
  EXPECT_EQ(go.options[1].names, (std::vector<std::string>{"-k", "--kind"}));
  EXPECT_EQ(go.options[1].choices, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(go.options[2].value, ValueKind::file);
  EXPECT_EQ(go.options[3].value, ValueKind::other);
  EXPECT_EQ(go.options[4].value, ValueKind::none);
  ASSERT_EQ(go.positionals.size(), 1u);
  EXPECT_EQ(go.positionals[0].value, ValueKind::other);
}

TEST(CompletionScripts, QuoteWhatAShellWouldRead) {
  const Example example;
  const auto commands = commands_of(example.app);
  const std::string zsh = zsh_completion(commands), fish = fish_completion(commands);
  EXPECT_NE(zsh.find(R"('go:Goes\: \[there\] isn'\''t far')"), std::string::npos) << zsh;
  EXPECT_NE(zsh.find("'(-k --kind)'{-k,--kind}'[Of thing]:value:(one two)'"), std::string::npos) << zsh;
  EXPECT_NE(fish.find(R"(-s f -l flag -d 'It\'s a flag')"), std::string::npos) << fish;
}

}  // namespace kiln::cli
