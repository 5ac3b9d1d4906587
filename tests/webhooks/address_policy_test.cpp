#include "webhooks/address_policy.h"

#include <gtest/gtest.h>

namespace kiln::webhooks {
namespace {

bool allows(const AddressPolicy& policy, const char* address) {
  return policy.allows(boost::asio::ip::make_address(address));
}

TEST(AddressPolicy, AllowsTheInternet) {
  const AddressPolicy policy;
  for (const char* address : {"1.1.1.1",
                              "8.8.8.8",
                              "9.255.255.255",
                              "11.0.0.0",
                              "100.63.255.255",
                              "100.128.0.0",
                              "126.255.255.255",
                              "128.0.0.0",
                              "169.253.255.255",
                              "169.255.0.0",
                              "172.15.255.255",
                              "172.32.0.0",
                              "192.0.1.0",
                              "192.167.255.255",
                              "192.169.0.0",
                              "198.17.255.255",
                              "198.20.0.0",
                              "223.255.255.255",
                              "2606:4700:4700::1111",
                              "2a00::1",
                              "2001:4860:4860::8888",
                              "::ffff:8.8.8.8",
                              "64:ff9b::808:808"}) {
    EXPECT_TRUE(allows(policy, address)) << address;
  }
}

TEST(AddressPolicy, RefusesWhatIsNotOfTheInternet) {
  const AddressPolicy policy;
  for (const char* address : {"0.0.0.0",
                              "0.1.2.3",
                              "10.0.0.0",
                              "10.255.255.255",
                              "100.64.0.0",
                              "100.127.255.255",
                              "127.0.0.1",
                              "127.255.255.255",
                              "169.254.0.0",
                              "169.254.169.254",
                              "172.16.0.0",
                              "172.31.255.255",
                              "192.0.0.1",
                              "192.0.2.1",
                              "192.88.99.1",
                              "192.168.0.0",
                              "192.168.255.255",
                              "198.18.0.0",
                              "198.19.255.255",
                              "198.51.100.1",
                              "203.0.113.1",
                              "224.0.0.1",
                              "239.255.255.255",
                              "240.0.0.1",
                              "255.255.255.255",
                              "::",
                              "::1",
                              "::127.0.0.1",
                              "::ffff:0:7f00:1",
                              "100:0:0:1::1",
                              "1fff::1",
                              "4000::1",
                              "fc00::",
                              "fdff::1",
                              "fe80::1",
                              "febf::1",
                              "fec0::1",
                              "ff02::1",
                              "100::1",
                              "2001::1",
                              "2001:db8::1",
                              "2002:7f00:1::",
                              "3fff::1",
                              "5f00::1",
                              "64:ff9b:1::1"}) {
    EXPECT_FALSE(allows(policy, address)) << address;
  }
}

TEST(AddressPolicy, SeesThroughAddressesThatStandForOthers) {
  const AddressPolicy policy;
  for (const char* address : {"::ffff:127.0.0.1", "::ffff:10.1.2.3", "::ffff:169.254.169.254", "64:ff9b::7f00:1",
                              "64:ff9b::a9fe:a9fe", "::ffff:0.0.0.0"}) {
    EXPECT_FALSE(allows(policy, address)) << address;
  }
  const AddressPolicy with_loopback = AddressPolicy::from_text("127.0.0.0/8").value();
  EXPECT_TRUE(allows(with_loopback, "::ffff:127.0.0.1"));
  EXPECT_TRUE(allows(with_loopback, "64:ff9b::7f00:1"));
}

TEST(AddressPolicy, AllowsWhatIsNamedAndNothingBeside) {
  const AddressPolicy policy = AddressPolicy::from_text("10.1.0.0/16,192.168.7.7,fd12::/16,::1,127.9.9.9/8").value();
  for (const char* address : {"10.1.0.0", "10.1.255.255", "192.168.7.7", "fd12::1", "::1", "127.0.0.1", "8.8.8.8"}) {
    EXPECT_TRUE(allows(policy, address)) << address;
  }
  for (const char* address : {"10.0.255.255", "10.2.0.0", "192.168.7.8", "fd13::1", "172.16.0.1"}) {
    EXPECT_FALSE(allows(policy, address)) << address;
  }
}

TEST(AddressPolicy, EverythingCanBeNamed) {
  const AddressPolicy policy = AddressPolicy::from_text("0.0.0.0/0,::/0").value();
  for (const char* address : {"127.0.0.1", "10.0.0.1", "::1", "fe80::1", "255.255.255.255"}) {
    EXPECT_TRUE(allows(policy, address)) << address;
  }
}

TEST(AddressPolicy, RefusesWhatIsNoNetwork) {
  EXPECT_TRUE(AddressPolicy::from_text(""));
  for (const char* text : {"localhost", "10.0.0.0/33", "10.0.0/8", "fd00::/129", "10.0.0.0/8,", ",", "10.0.0.0/-1",
                           "10.0.0.0/8;127.0.0.1", "10.0.0.0/", "/8", " 10.0.0.0/8"}) {
    const auto policy = AddressPolicy::from_text(text);
    ASSERT_EQ(policy.has_error(), std::string_view(text) != "10.0.0.0/8,") << text;
    if (policy) continue;
    EXPECT_EQ(policy.error().code, ErrorCode::invalid_request);
  }
}

}  // namespace
}  // namespace kiln::webhooks
