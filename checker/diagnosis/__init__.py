"""Why a wrong answer is wrong."""
