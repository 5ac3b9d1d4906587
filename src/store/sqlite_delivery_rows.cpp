#include "store/sqlite_delivery_rows.h"

#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "store/sqlite_time.h"

namespace kiln::store {
namespace {

constexpr const char* kInsert =
    "INSERT INTO webhook_deliveries (id, subject, event, url, state, attempts, created_at, next_at, finished_at, "
    "last_status, last_error) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
constexpr const char* kInsertBody = "INSERT OR REPLACE INTO webhook_bodies (id, body) VALUES (?1, ?2)";
constexpr const char* kUpdate =
    "UPDATE webhook_deliveries SET state = ?2, attempts = ?3, next_at = ?4, finished_at = ?5, last_status = ?6, "
    "last_error = ?7 WHERE id = ?1";
constexpr const char* kFindBody = "SELECT body FROM webhook_bodies WHERE id = ?1";
constexpr const char* kSelectIndex =
    "SELECT id, url, state, next_at, created_at FROM webhook_deliveries ORDER BY sequence";

constexpr int kSequenceColumn = 11;

constexpr std::string_view kSelect =
    "SELECT id, subject, event, url, state, attempts, created_at, next_at, finished_at, last_status, last_error, "
    "sequence FROM webhook_deliveries WHERE ";

/// What trim() removes: ?1 is the time, ?2 the number.
constexpr std::string_view kTrimmed =
    "state <> 'pending' AND (finished_at < ?1 OR sequence <= coalesce((SELECT sequence FROM webhook_deliveries "
    "WHERE state <> 'pending' ORDER BY sequence DESC LIMIT 1 OFFSET ?2), -1))";

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) text.append(part);
  return text;
}

std::string page_where(std::string_view condition) {
  return joined({kSelect, "sequence < ?1", condition, " ORDER BY sequence DESC LIMIT ?2"});
}

std::optional<WallTime> time_or_none(const SqliteStatement& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(wall_time(row.integer(column)));
}

Error unreadable(std::string_view id, const std::string& why) {
  return {ErrorCode::io_error, "webhook delivery " + std::string(id) + " cannot be read: " + why, ""};
}

Result<DeliveryState> read_state(const SqliteStatement& row, int column) {
  const auto state = delivery_state_from_name(row.text(column));
  if (!state) return unreadable(row.text(0), std::string(row.text(column)) + " is no state of it");
  return *state;
}

Result<Delivery> read(const SqliteStatement& row) {
  const auto state = read_state(row, 4);
  if (!state) return state.error();
  Delivery d;
  d.id = row.text(0);
  d.subject = row.text(1);
  d.event = row.text(2);
  d.url = row.text(3);
  d.state = *state;
  d.attempts = static_cast<std::uint32_t>(row.integer(5));
  d.created_at = wall_time(row.integer(6));
  d.next_at = time_or_none(row, 7);
  d.finished_at = time_or_none(row, 8);
  if (!row.is_null(9)) d.last_status = static_cast<std::uint32_t>(row.integer(9));
  d.last_error = row.text(10);
  return {boost::system::in_place_value, std::move(d)};
}

SqliteValue status_or_null(const Delivery& d) {
  return d.last_status ? SqliteValue(std::int64_t{*d.last_status}) : SqliteValue();
}

SqliteValue text_or_null(const std::string& text) { return text.empty() ? SqliteValue() : SqliteValue(text); }

/// One row more than asked for tells whether there is a further page.
Result<DeliveryPage> read_page(SqliteStatement& rows, std::size_t limit) {
  DeliveryPage page;
  std::int64_t last = 0;
  for (;;) {
    auto row = rows.next();
    if (!row) return row.error();
    if (!*row) return {boost::system::in_place_value, std::move(page)};
    if (page.deliveries.size() == limit) {
      page.next = last;
      continue;
    }
    auto delivery = read(rows);
    if (!delivery) return delivery.error();
    last = rows.integer(kSequenceColumn);
    page.deliveries.push_back(std::move(*delivery));
  }
}

}  // namespace

Result<SqliteDeliveryRows> SqliteDeliveryRows::prepare(SqliteDatabase& database) {
  SqliteDeliveryRows rows;
  const std::pair<SqliteStatement*, std::string> statements[] = {
      {&rows.insert_, kInsert},
      {&rows.insert_body_, kInsertBody},
      {&rows.update_, kUpdate},
      {&rows.find_, joined({kSelect, "id = ?1"})},
      {&rows.find_body_, kFindBody},
      {&rows.list_, page_where("")},
      {&rows.list_of_subject_, page_where(" AND subject = ?3")},
      {&rows.list_in_state_, page_where(" AND state = ?3")},
      {&rows.list_of_both_, page_where(" AND subject = ?3 AND state = ?4")},
      {&rows.trim_bodies_,
       joined({"DELETE FROM webhook_bodies WHERE id IN (SELECT id FROM webhook_deliveries WHERE ", kTrimmed, ")"})},
      {&rows.trim_, joined({"DELETE FROM webhook_deliveries WHERE ", kTrimmed})}};
  for (const auto& [statement, sql] : statements) {
    auto prepared = database.prepare(sql);
    if (!prepared) return prepared.error();
    *statement = std::move(*prepared);
  }
  return {boost::system::in_place_value, std::move(rows)};
}

/// The row first: where the id is there already, nothing else is changed.
Result<void> SqliteDeliveryRows::insert(const StoredDelivery& stored) {
  const Delivery& d = stored.delivery;
  auto inserted =
      insert_.run({d.id, d.subject, d.event, d.url, name_of(d.state), std::int64_t{d.attempts},
                   microseconds(d.created_at), value_or_null(microseconds(d.next_at)),
                   value_or_null(microseconds(d.finished_at)), status_or_null(d), text_or_null(d.last_error)});
  if (!inserted) return inserted;
  return insert_body_.run({d.id, stored.body});
}

Result<void> SqliteDeliveryRows::update(const Delivery& d) {
  return update_.run({d.id, name_of(d.state), std::int64_t{d.attempts}, value_or_null(microseconds(d.next_at)),
                      value_or_null(microseconds(d.finished_at)), status_or_null(d), text_or_null(d.last_error)});
}

Result<std::optional<StoredDelivery>> SqliteDeliveryRows::find(const std::string& id) {
  if (auto started = find_.start({id}); !started) return started.error();
  auto there = find_.next();
  if (!there) return there.error();
  if (!*there) return std::optional<StoredDelivery>();
  auto delivery = read(find_);
  if (auto ended = find_.next(); !ended) return ended.error();
  if (!delivery) return delivery.error();
  if (auto started = find_body_.start({id}); !started) return started.error();
  auto has_body = find_body_.next();
  if (!has_body) return has_body.error();
  if (!*has_body) return unreadable(id, "it has no body");
  StoredDelivery stored{std::move(*delivery), std::string(find_body_.text(0))};
  if (auto ended = find_body_.next(); !ended) return ended.error();
  return std::optional<StoredDelivery>(std::move(stored));
}

Result<DeliveryPage> SqliteDeliveryRows::list(const DeliveryQuery& query) {
  const std::int64_t before = query.before.value_or(std::numeric_limits<std::int64_t>::max());
  const auto limit = static_cast<std::int64_t>(query.limit) + 1;
  const std::string_view state = query.state ? name_of(*query.state) : std::string_view();
  SqliteStatement* rows = &list_;
  Result<void> started;
  if (!query.subject.empty() && query.state) {
    rows = &list_of_both_;
    started = rows->start({before, limit, query.subject, state});
  } else if (!query.subject.empty()) {
    rows = &list_of_subject_;
    started = rows->start({before, limit, query.subject});
  } else if (query.state) {
    rows = &list_in_state_;
    started = rows->start({before, limit, state});
  } else {
    started = rows->start({before, limit});
  }
  if (!started) return started.error();
  return read_page(*rows, query.limit);
}

Result<void> SqliteDeliveryRows::trim(WallTime before, std::size_t most) {
  const std::int64_t time = microseconds(before);
  const auto number = static_cast<std::int64_t>(most);
  if (auto trimmed = trim_bodies_.run({time, number}); !trimmed) return trimmed;
  return trim_.run({time, number});
}

Result<DeliveryIndex> load_delivery_index(const std::filesystem::path& file) {
  auto database = SqliteDatabase::open(file, SqliteDatabase::Access::read_only);
  if (!database) return database.error();
  auto rows = database->prepare(kSelectIndex);
  if (!rows) return rows.error();
  DeliveryIndex index;
  for (;;) {
    auto row = rows->next();
    if (!row) return row.error();
    if (!*row) return {boost::system::in_place_value, std::move(index)};
    const auto state = read_state(*rows, 2);
    if (!state) return Error{state.error().code, file.string() + ": " + state.error().message, ""};
    const bool pending = *state == DeliveryState::pending;
    if (!pending && index.ended++ == 0) index.oldest_ended = wall_time(rows->integer(4));
    index.entries.push_back({std::string(rows->text(0)), pending ? std::string(rows->text(1)) : std::string(),
                             pending ? time_or_none(*rows, 3) : std::nullopt});
  }
}

}  // namespace kiln::store
