#include "cli/text_table.h"

#include <gtest/gtest.h>

namespace kiln::cli {

TEST(TextTable, AlignsItsColumns) {
  TextTable table({"ID", "STATUS", "LAST"});
  table.add({"a", "running", ""});
  table.add({"longer", "ok", "x"});
  EXPECT_EQ(table.text(),
            "ID      STATUS   LAST\n"
            "a       running\n"
            "longer  ok       x\n");
}

TEST(TextTable, CountsCharactersNotBytes) {
  TextTable table({"N", "M"});
  table.add({"Küche", "1"});
  table.add({"Kueche", "2"});
  EXPECT_EQ(table.text(), "N       M\nKüche   1\nKueche  2\n");
}

TEST(Printable, LeavesTextAndTakesTheTerminalsCommands) {
  EXPECT_EQ(printable("Küche 1"), "Küche 1");
  EXPECT_EQ(printable("a\x1b[2Jb\nc\x7f"), "a?[2Jb?c?");
  EXPECT_EQ(printable("a\xc2\x9b"
                      "2J"),
            "a?2J")
      << "the one-character form of ESC [";
  EXPECT_EQ(printable("\xc2\xa0"), "\xc2\xa0");
  EXPECT_EQ(printable("\xc2"), "\xc2");
}

}  // namespace kiln::cli
