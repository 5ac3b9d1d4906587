// As with Asio: Beast's own sources, built once.
#include <boost/beast/src.hpp>
