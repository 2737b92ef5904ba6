"""Who speaks: the voice variants of espeak-ng in three groups that share none, so that evaluation meets strangers.

But for one accent: espeak-ng ignores the variant of `en-gb` (that of `gmw/en` it knows): about an eighth of the items
have the same speaker in all groups. To mend it makes another data set, which needs another baseline.

Variants with one stem (iven, iven2, ...) sound alike and are in one group.
"""

ACCENTS = "en-gb en-us en-gb-scotland en-gb-x-gbclan en-gb-x-rp en-gb-x-gbcwmd en-029 en-us-nyc".split()
TRAINING = (
    "Andrea Andy Annie AnxiousAndy Denis Diogo Henrique Jacky Lee Marco Mario Nguyen adam antonio aunty belinda "
    "benjamin boris croak david edward edward2 f2 fast gustave iven iven2 iven3 iven4 kaukovalta klatt klatt2 "
    "klatt3 klatt4 klatt5 klatt6 m2 m4 m6 m8 marcelo michel norbert pablo pedro quincy rob robosoft robosoft2 "
    "robosoft3 robosoft4 robosoft5 robosoft6 robosoft7 robosoft8 sandro shelby steph steph2 steph3 travis whisper "
    "whisperf"
).split()
VALIDATION = ("Hugo Storm anika anikaRobot caleb f4 grandma linda m1 m7 paul robert").split()
EVALUATION = (
    "Alex Alicia Demonic Gene Gene2 Michael Mike RicishayMax RicishayMax2 RicishayMax3 Tweaky UniRobot announcer "
    "ed f1 f3 f5 grandpa john m3 m5 max miguel victor zac"
).split()
