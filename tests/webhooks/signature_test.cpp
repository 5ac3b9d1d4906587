#include "webhooks/signature.h"

#include <gtest/gtest.h>

namespace kiln::webhooks {
namespace {

// The reference of the Standard Webhooks libraries.
constexpr const char* kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr const char* kSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

std::string sign(const std::string& secrets) {
  return Signer::from_secrets(secrets).value().sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
                                                    R"({"test": 2432232314})");
}

TEST(Signature, IsThatOfTheReference) { EXPECT_EQ(sign(kSecret), kSignature); }

TEST(Signature, HasOneForEachSecret) {
  const std::string other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
  EXPECT_EQ(sign(std::string(kSecret) + "," + other), std::string(kSignature) + " " + sign(other));
  EXPECT_NE(sign(other), kSignature);
}

TEST(Signature, CoversIdTimeAndBody) {
  const Signer signer = Signer::from_secrets(kSecret).value();
  const std::string signature = signer.sign("a", 1, "b");
  EXPECT_NE(signer.sign("c", 1, "b"), signature);
  EXPECT_NE(signer.sign("a", 2, "b"), signature);
  EXPECT_NE(signer.sign("a", 1, "c"), signature);
  EXPECT_EQ(signer.sign("a", 1, "b"), signature);
}

TEST(Signature, TakesSecretsOf24To64BytesAndNoOthers) {
  const auto secret_of = [](std::size_t groups) {
    return std::string("whsec_").append(groups * 4, 'A');
  };  // 3 bytes each
  EXPECT_TRUE(Signer::from_secrets(secret_of(8)));
  EXPECT_TRUE(Signer::from_secrets(secret_of(21)));
  EXPECT_TRUE(Signer::from_secrets(secret_of(21) + "AA=="));  // 64
  EXPECT_TRUE(Signer::from_secrets(secret_of(8) + "AAA="));   // 26
  for (const std::string& bad :
       {std::string(), std::string("whsec_"), secret_of(7), secret_of(7) + "AAA=", secret_of(22), secret_of(8) + "A",
        secret_of(8).substr(6), secret_of(8) + ",", std::string(",").append(secret_of(8)), secret_of(8) + " ",
        std::string("whsec_").append(31, 'A').append("!"), std::string("whsec_").append(28, 'A').append("=AAA")}) {
    const auto signer = Signer::from_secrets(bad);
    ASSERT_FALSE(signer) << bad;
    EXPECT_EQ(signer.error().code, ErrorCode::invalid_request);
    EXPECT_EQ(signer.error().message.find("AAAA"), std::string::npos) << "the log must not show a secret";
  }
}

TEST(Signature, MakesSecretsThatItTakes) {
  const std::string secret = random_secret();
  EXPECT_TRUE(Signer::from_secrets(secret)) << secret;
  EXPECT_EQ(secret.size(), std::string("whsec_").size() + 44);
  EXPECT_NE(random_secret(), secret);
}

}  // namespace
}  // namespace kiln::webhooks
