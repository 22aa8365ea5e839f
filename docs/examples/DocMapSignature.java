import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SignatureException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.function.UnaryOperator;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public final class DocMapSignature {
    private static final Duration TOLERANCE = Duration.ofMinutes(5);

    private DocMapSignature() {}

    /**
     * Returns if the request is genuine and recent, going by webhook-signature.
     *
     * @param body the bytes as they came
     * @param header returns the value of a header, or null; such as {@code request::getHeader}
     * @throws SignatureException for any other request: answer 401
     * @throws IllegalArgumentException if the secret is missing or malformed: answer 500
     */
    public static void verify(byte[] body, UnaryOperator<String> header, String secret, Instant now)
            throws GeneralSecurityException {
        String id = header.apply("webhook-id");
        String timestamp = header.apply("webhook-timestamp");
        String expected = sign(id, timestamp, body, secret);
        if (!isRecent(timestamp, now)) throw new SignatureException("too old or too new");
        requireOneEqual(header.apply("webhook-signature"), " ", expected);
    }

    /** The same for x-docmap-signature, which does not say when the request was made. */
    public static void verifyBody(byte[] body, UnaryOperator<String> header, String secret)
            throws GeneralSecurityException {
        byte[] digest = hmac(checked(secret).getBytes(StandardCharsets.UTF_8), body);
        requireOneEqual(header.apply("x-docmap-signature"), ",", "sha256=" + HexFormat.of().formatHex(digest));
    }

    /** The webhook-signature of a request. Your tests can sign with it. */
    public static String sign(String id, String timestamp, byte[] body, String secret)
            throws GeneralSecurityException {
        byte[] key = Base64.getDecoder().decode(checked(secret));
        byte[] prefix = (id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8);
        return "v1," + Base64.getEncoder().encodeToString(hmac(key, prefix, body));
    }

    /** Anyone can sign with an empty key: a secret that is not set must never verify a request. */
    private static String checked(String secret) {
        if (secret != null && secret.matches("[0-9a-f]{64}")) return secret;
        throw new IllegalArgumentException("the secret must be the 64 hex characters from the API");
    }

    private static boolean isRecent(String timestamp, Instant now) {
        try {
            return Math.abs(now.getEpochSecond() - Long.parseLong(timestamp)) <= TOLERANCE.toSeconds();
        } catch (NumberFormatException missingOrNoNumber) {
            return false;
        }
    }

    private static byte[] hmac(byte[] key, byte[]... parts) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        for (byte[] part : parts) mac.update(part);
        return mac.doFinal();
    }

    /** There are several signatures during a rotation of the secret: one right one is enough. */
    private static void requireOneEqual(String signatures, String separator, String expected)
            throws SignatureException {
        byte[] right = expected.getBytes(StandardCharsets.UTF_8);
        for (String given : signatures == null ? new String[0] : signatures.split(separator)) {
            if (MessageDigest.isEqual(given.getBytes(StandardCharsets.UTF_8), right)) return;
        }
        throw new SignatureException("not signed by us");
    }
}
