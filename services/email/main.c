/* main.c - hilo-email. */
int main(void)
{
	return 0;
}
