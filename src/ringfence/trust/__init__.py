"""Who may vouch for an image and who may open it: signing, verifying, encrypting, decrypting, and the root of trust.

What was signed is parsed only after the signature is known to be good, and strictly. Nothing decrypted is released before
its HMAC, its digest and its diff_id are. Private keys are never printed, never logged, and written for their owner only.
"""
