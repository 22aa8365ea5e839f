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
     * Throws unless the request is genuine and recent, going by webhook-signature.
     *
     * @param body the bytes as they came
     * @param header returns the value of a header, or null; such as {@code request::getHeader}
     */
    public static void verify(byte[] body, UnaryOperator<String> header, String secret, Instant now)
            throws GeneralSecurityException {
        String id = header.apply("webhook-id");
        String timestamp = header.apply("webhook-timestamp");
        if (!isRecent(timestamp, now)) throw new SignatureException("too old or too new");
        byte[] prefix = (id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8);
        byte[] digest = hmac(Base64.getDecoder().decode(secret), prefix, body);
        requireOneEqual(header.apply("webhook-signature"), " ", "v1," + Base64.getEncoder().encodeToString(digest));
    }

    /** The same for x-docmap-signature, which does not say when the request was made. */
    public static void verifyBody(byte[] body, UnaryOperator<String> header, String secret)
            throws GeneralSecurityException {
        byte[] digest = hmac(secret.getBytes(StandardCharsets.UTF_8), body);
        requireOneEqual(header.apply("x-docmap-signature"), ",", "sha256=" + HexFormat.of().formatHex(digest));
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
