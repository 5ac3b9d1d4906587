#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <utility>

namespace kiln::http {

/// The coroutine of this room. All of them run on the one I/O thread, so the executor is the plain one of io_context.
template <class T>
using Task = boost::asio::awaitable<T, boost::asio::io_context::executor_type>;

inline constexpr boost::asio::use_awaitable_t<boost::asio::io_context::executor_type> kUseTask{};

/// Awaits what `start(callback)` answers through `callback(T)`. The callback runs on the I/O thread, once, never inside
/// the call of `start`; one that is dropped unanswered ends the coroutine where it stands.
template <class T, class Start>
Task<T> await_callback(Start start) {
  co_return co_await boost::asio::async_initiate<decltype(kUseTask), void(T)>(
      [](auto handler, Start begin) {
        auto waiting = std::make_shared<decltype(handler)>(std::move(handler));
        begin([waiting](T value) { std::move (*waiting)(std::move(value)); });
      },
      kUseTask, std::move(start));
}

}  // namespace kiln::http
