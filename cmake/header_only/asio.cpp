// Asio is header-only by default and slow to compile: its sources are built here once, for every room that includes it.
#include <boost/asio/impl/src.hpp>
