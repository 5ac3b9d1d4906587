#include "kiln/error.h"

#include <gtest/gtest.h>

namespace kiln {

TEST(Error, NamesLeadBackToTheirCodes) {
  for (int i = 0; i <= static_cast<int>(ErrorCode::internal); ++i) {
    const auto code = static_cast<ErrorCode>(i);
    EXPECT_EQ(code_from_name(code_name(code)), code) << code_name(code);
  }
}

TEST(Error, ValueOfAFailedResultThrows) {
  const Result<int> failed = Error{ErrorCode::io_error, "no", ""};
  EXPECT_THROW((void)failed.value(), std::logic_error);
}

}  // namespace kiln
