/* images.h - remote images of mails, fetched in the reader's place: the sender learns nothing of who reads, and what is
 * shown is an image. Which ones may be fetched, the mail itself says; where they may lie, common/http/guard.h. */
#pragma once

#include "gateway.h"

struct images;

/* images_new - Returns: 0 and *ret owned, images_free(); -EINVAL when the settings name networks that are none. */
int images_new(struct gateway *gateway, struct images **ret);
/* images_free - requests that wait are answered. */
void images_free(struct images **images);
