#include "store/sqlite_schema.h"

#include "tests/store/sqlite_fixture.h"

namespace kiln::store {
namespace {

namespace fs = test::fs;

class SqliteFile : public test::SqliteFixture {
 protected:
  void write(const std::string& bytes) { std::ofstream(file, std::ios::binary) << bytes; }

  /// A database that another program might have made.
  void make_database(const std::string& sql) {
    write("");
    SqliteDatabase::open(file, SqliteDatabase::Access::read_write).value().execute(sql).value();
  }

  /// With ten jobs, closed.
  std::string good_file() {
    open();
    for (std::uint64_t i = 1; i <= 10; ++i) insert(i);
    store.reset();
    return test::content(file);
  }

  /// Opening fails with a sentence that says `why` and leaves every file as it was.
  void expect_refused(const std::string& why) {
    const auto before = test::contents(folder.path());
    const auto opened = SqliteStore::open(file, io.get_executor());
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::io_error);
    EXPECT_NE(opened.error().message.find(file.string()), std::string::npos) << opened.error().message;
    EXPECT_NE(opened.error().message.find(why), std::string::npos) << opened.error().message;
    EXPECT_EQ(test::contents(folder.path()), before);
  }
};

TEST_F(SqliteFile, IsMadeWhereThereIsNone) {
  open();
  insert(1);
  EXPECT_TRUE(store->assets().load_all()->empty());
  EXPECT_TRUE(store->jobs().load_forgotten()->empty());
  store.reset();
  EXPECT_EQ(test::contents(folder.path()).size(), 1u);
  EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(SqliteFile, IsMadeAnewWhereAKillLeftAHalf) {
  std::ofstream(file.string() + ".part") << "half a database";
  std::ofstream(file.string() + ".part-journal") << "half a journal";
  open();
  insert(1);
  store.reset();
  EXPECT_EQ(test::contents(folder.path()).size(), 1u);
}

TEST_F(SqliteFile, OfANewerVersionIsRefused) {
  good_file();
  const std::string newer = std::to_string(schema_version() + 1);
  SqliteDatabase::open(file, SqliteDatabase::Access::read_write)
      .value()
      .execute("PRAGMA journal_mode = DELETE; PRAGMA user_version = " + newer)
      .value();
  expect_refused("newer version of Kiln (schema " + newer);
}

TEST_F(SqliteFile, OfAnotherApplicationIsRefused) {
  make_database("CREATE TABLE recipes (name TEXT); PRAGMA user_version = 1");
  expect_refused("another application");
}

TEST_F(SqliteFile, FullOfGarbageIsRefused) {
  write(std::string(10'000, '\x5a'));
  expect_refused("no database");
  write("SQLite format 3");
  expect_refused("no database");
}

TEST_F(SqliteFile, ThatIsEmptyIsRefused) {
  write("");
  expect_refused("is empty");
}

TEST_F(SqliteFile, ThatIsCutOffIsRefused) {
  const std::string good = good_file();
  for (const std::size_t bytes : {good.size() - 1, good.size() / 2, std::size_t{4096}, std::size_t{100}}) {
    write(good.substr(0, bytes));
    expect_refused("is cut off");
  }
}

TEST_F(SqliteFile, ThatIsAFolderIsRefused) {
  fs::create_directory(file);
  const auto opened = SqliteStore::open(file, io.get_executor());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::io_error);
}

TEST_F(SqliteFile, ThatIsGoneWhileItsLogIsThereIsRefused) {
  good_file();
  fs::rename(file, file.string() + "-wal");
  expect_refused("-wal is there");
}

TEST_F(SqliteFile, WithoutItsTablesIsRefused) {
  make_database("PRAGMA application_id = " + std::to_string(kApplicationId) +
                "; PRAGMA user_version = " + std::to_string(schema_version()));
  const auto opened = SqliteStore::open(file, io.get_executor());
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("jobs"), std::string::npos) << opened.error().message;
}

TEST_F(SqliteFile, WithDamagedPagesIsRefusedAndNeverCrashes) {
  const std::string good = good_file();
  for (std::size_t page = 1; page < good.size() / 4096; ++page) {
    std::string damaged = good;
    damaged.replace(page * 4096, 4096, std::string(4096, '\xff'));
    write(damaged);
    auto opened = SqliteStore::open(file, io.get_executor());
    if (!opened) {
      EXPECT_EQ(opened.error().code, ErrorCode::io_error);
      continue;
    }
    if (auto loaded = (*opened)->jobs().load_all(); !loaded) {
      EXPECT_EQ(loaded.error().code, ErrorCode::io_error);
      EXPECT_NE(loaded.error().message.find(file.string()), std::string::npos) << loaded.error().message;
    }
    opened->reset();
    EXPECT_EQ(test::content(file), damaged);
  }
}

TEST_F(SqliteFile, OfTheVersionBeforeTheFirstIsBroughtToThePresentOne) {
  make_database("PRAGMA application_id = " + std::to_string(kApplicationId));
  open();
  insert(1);
  store.reset();
  auto database = SqliteDatabase::open(file, SqliteDatabase::Access::read_write);
  EXPECT_EQ(database->query_integer("PRAGMA user_version").value(), schema_version());
}

TEST_F(SqliteFile, ThatCannotBeBroughtToThePresentVersionStaysAtItsOwn) {
  make_database("PRAGMA application_id = " + std::to_string(kApplicationId) + "; CREATE TABLE assets (mine TEXT)");
  const std::string before = test::content(file);
  EXPECT_FALSE(SqliteStore::open(file, io.get_executor()));
  EXPECT_EQ(test::content(file), before);
}

TEST_F(SqliteFile, InAFolderThatIsNotThereIsAnError) {
  file = folder.path() / "nowhere" / "kiln.db";
  const auto opened = SqliteStore::open(file, io.get_executor());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::io_error);
  EXPECT_NE(opened.error().message.find("nowhere"), std::string::npos);
}

}  // namespace
}  // namespace kiln::store
